//! `opd mail`: what letters look like.

use std::sync::Arc;

use countersign_order::{AccountId, BuyerId};
use countersign_store::MailDetail as StoredDetail;
use serde::Serialize;

use super::whole;
use crate::cli::{Mail, MailPreview};
use crate::context::{Context, Shop};
use crate::failure::{Exit, Failure};
use crate::mail::{LETTERS, MailDetail, MailEvent, Parcel, Postman, samples};
use crate::output::table;

/// A kind of letter as the operator sees it.
#[derive(Debug, Serialize)]
struct KindView {
    kind: &'static str,
    placeholders: &'static [&'static str],
}

/// A letter as the operator sees it.
#[derive(Debug, Serialize)]
struct LetterView {
    subject: String,
    body: String,
}

pub(super) async fn run(context: &Context, mail: &Mail) -> Result<(), Failure> {
    match mail {
        Mail::Kinds => kinds(context),
        Mail::Preview(preview) => self::preview(context, preview).await,
    }
}

fn kinds(context: &Context) -> Result<(), Failure> {
    let kinds: Vec<_> = LETTERS
        .iter()
        .map(|kind| KindView {
            kind: kind.name,
            placeholders: kind.placeholders,
        })
        .collect();
    context.output.data(&whole(&kinds), || {
        let cells: Vec<_> = kinds
            .iter()
            .map(|kind| vec![kind.kind.to_owned(), kind.placeholders.join(", ")])
            .collect();
        table(&["KIND", "PLACEHOLDERS"], &cells)
    })
}

async fn preview(context: &Context, preview: &MailPreview) -> Result<(), Failure> {
    let shop = context.shop().await?;
    let seller = Arc::clone(shop.desk.seller());
    let postman = Postman::new(shop.desk.settings(), &context.data, Arc::clone(&seller))?;
    let event = event(&shop, preview).await?;
    // A statement that verifies with the root, where the letter has one.
    let statement = event.statement.map(|_| seller.statement_der());
    if !preview.eml {
        let letter = postman.letter(&event, statement);
        let view = LetterView {
            subject: letter.subject,
            body: letter.body,
        };
        return context.output.data(&view, || {
            format!("Subject: {}\n\n{}", view.subject, view.body.trim_end())
        });
    }
    let to = "buyer@example.com"
        .parse()
        .map_err(|error| Failure::caused_by(&error))?;
    let parcel = Parcel {
        event,
        to,
        statement: statement.map(<[u8]>::to_vec),
    };
    let mail = postman
        .compose(&parcel, context.clock.now())
        .map_err(|error| Failure::caused_by(&error))?;
    let message = String::from_utf8_lossy(&mail.message).into_owned();
    context.output.data(&message, || message.clone())
}

/// The sample, as a buyer would get it.
async fn event(shop: &Shop, preview: &MailPreview) -> Result<MailEvent, Failure> {
    let samples = samples().map_err(|error| Failure::caused_by(&error))?;
    let mut event = samples
        .into_iter()
        .find(|event| event.kind() == preview.kind)
        .ok_or_else(|| {
            Failure::new(Exit::Usage, format!("there is no letter {}", preview.kind))
                .advise("see: opd mail kinds")
        })?;
    if let Some(buyer) = &preview.buyer {
        address_to(shop, &mut event, buyer).await?;
    }
    if let Some(language) = &preview.language {
        event.language = language.clone();
    }
    Ok(event)
}

async fn address_to(shop: &Shop, event: &mut MailEvent, buyer: &BuyerId) -> Result<(), Failure> {
    let mut view = shop.look().await?;
    let account = AccountId::from(buyer);
    let found = view.correspondents(std::slice::from_ref(&account)).await?;
    let to = found.get(&account).ok_or_else(|| {
        Failure::not_found(format_args!("buyer {buyer}")).advise("see: opd buyer list")
    })?;
    event.name.clone_from(&to.name);
    event.account = account;
    event.language = to.correspondence.language.clone();
    event.detail = match to.mail_detail {
        StoredDetail::Full => MailDetail::Full,
        StoredDetail::NumberOnly => MailDetail::NumberOnly,
    };
    Ok(())
}
