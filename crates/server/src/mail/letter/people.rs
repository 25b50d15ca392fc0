//! Letters about keys and accounts.

use super::super::event::{
    AccountChanged, EmailChanged, KeyEnrolled, KeyExpiring, KeyRevoked, WebhookDisabled,
};
use super::{Draft, moment, visible};
use crate::webhooks::patience;

impl Draft<'_> {
    pub(super) fn key_enrolled(&mut self, news: &KeyEnrolled) {
        self.set("key", news.key.to_string());
        self.describe_key(
            &news.algorithm,
            news.label.as_deref(),
            &news.key_fingerprint,
        );
        self.set("certificate_fingerprint", &*news.certificate_fingerprint);
        let phrase = format!("allowed-by-{}", news.authorised_by);
        let authority = self.phrase(&phrase, &[], &news.authorised_by);
        self.set("authorised_by", authority);
        self.set("at", moment(news.enrolled_at));
    }

    pub(super) fn key_revoked(&mut self, news: &KeyRevoked) {
        self.set("key", news.key.to_string());
        self.describe_key(
            &news.algorithm,
            news.label.as_deref(),
            &news.key_fingerprint,
        );
        self.set("certificate_fingerprint", &*news.certificate_fingerprint);
        self.set("reason", visible(&news.reason));
        self.set("at", moment(news.revoked_at));
    }

    pub(super) fn key_expiring(&mut self, news: &KeyExpiring) {
        self.set("key", news.key.to_string());
        self.describe_key(
            &news.algorithm,
            news.label.as_deref(),
            &news.key_fingerprint,
        );
        self.set("ends_at", moment(news.ends_at));
        self.set("ends_on", news.ends_at.strftime("%Y-%m-%d").to_string());
        self.set("days", news.days_left.to_string());
    }

    pub(super) fn account_changed(&mut self, change: &AccountChanged) {
        self.set("at", moment(change.at));
        let phrase = if change.by_account {
            "by-account"
        } else {
            "by-seller"
        };
        let by = self.phrase(phrase, &[], "");
        self.set("by", by);
    }

    pub(super) fn email_changed(&mut self, news: &EmailChanged) {
        self.account_changed(&news.change);
        self.set("old_address", news.old_address.as_str());
        self.set("new_address", news.new_address.as_str());
        self.set("invites_from", moment(news.invites_from));
    }

    pub(super) fn webhook_disabled(&mut self, news: &WebhookDisabled) {
        self.set("webhook", news.webhook.to_string());
        self.set("buyer", news.buyer.clone().unwrap_or_default());
        self.set("url", visible(&news.url));
        self.set("reason", visible(&news.reason));
        self.set("at", moment(news.disabled_at));
        let since = news.disabled_at.saturating_sub(patience());
        let since = since.unwrap_or(news.disabled_at);
        self.set("since", since.strftime("%Y-%m-%dT%H:%MZ").to_string());
    }

    fn describe_key(&mut self, algorithm: &str, label: Option<&str>, fingerprint: &str) {
        self.set("algorithm", algorithm);
        self.set("label", label.map_or_else(String::new, visible));
        self.set("key_fingerprint", fingerprint);
    }
}
