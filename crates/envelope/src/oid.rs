//! The object identifiers we read and write, each with its source.

use der::asn1::ObjectIdentifier;

macro_rules! oids {
    ($($(#[$doc:meta])* $name:ident = $value:literal;)*) => {
        $($(#[$doc])* pub(crate) const $name: ObjectIdentifier =
            ObjectIdentifier::new_unwrap($value);)*
    };
}

// Content types: RFC 5652 section 4 and 5, RFC 5083 section 2.
oids! {
    DATA = "1.2.840.113549.1.7.1";
    SIGNED_DATA = "1.2.840.113549.1.7.2";
    ENVELOPED_DATA = "1.2.840.113549.1.7.3";
    AUTH_ENVELOPED_DATA = "1.2.840.113549.1.9.16.1.23";
}

// Signed attributes: RFC 5652 section 11, RFC 5035 section 3.
oids! {
    CONTENT_TYPE = "1.2.840.113549.1.9.3";
    MESSAGE_DIGEST = "1.2.840.113549.1.9.4";
    SIGNING_TIME = "1.2.840.113549.1.9.5";
    SIGNING_CERTIFICATE_V2 = "1.2.840.113549.1.9.16.2.47";
}

// Digests: RFC 5754 section 2.
oids! {
    SHA256 = "2.16.840.1.101.3.4.2.1";
    SHA384 = "2.16.840.1.101.3.4.2.2";
    SHA512 = "2.16.840.1.101.3.4.2.3";
}

// Public keys: RFC 3279 section 2.3, RFC 5480 section 2.1, RFC 8410 section 3.
oids! {
    RSA_ENCRYPTION = "1.2.840.113549.1.1.1";
    DSA = "1.2.840.10040.4.1";
    EC_PUBLIC_KEY = "1.2.840.10045.2.1";
    P256 = "1.2.840.10045.3.1.7";
    ED25519 = "1.3.101.112";
}

// Signatures: RFC 4055, RFC 5754 section 3, RFC 5758 section 3.
oids! {
    MGF1 = "1.2.840.113549.1.1.8";
    RSA_PSS = "1.2.840.113549.1.1.10";
    SHA256_WITH_RSA = "1.2.840.113549.1.1.11";
    SHA384_WITH_RSA = "1.2.840.113549.1.1.12";
    SHA512_WITH_RSA = "1.2.840.113549.1.1.13";
    DSA_WITH_SHA256 = "2.16.840.1.101.3.4.3.2";
    ECDSA_WITH_SHA256 = "1.2.840.10045.4.3.2";
}

// Keys and content of an envelope: RFC 4055 section 4.1, RFC 5753 section 7.1.4, RFC 3565, RFC 5084.
oids! {
    RSA_OAEP = "1.2.840.113549.1.1.7";
    P_SPECIFIED = "1.2.840.113549.1.1.9";
    ECDH_SHA256_KDF = "1.3.132.1.11.1";
    ECDH_SHA384_KDF = "1.3.132.1.11.2";
    ECDH_SHA512_KDF = "1.3.132.1.11.3";
    AES256_WRAP = "2.16.840.1.101.3.4.1.45";
    AES256_GCM = "2.16.840.1.101.3.4.1.46";
}

// Names, certificate extensions and their purposes: RFC 5280 sections 4.1.2.4 and 4.2.1.
oids! {
    COMMON_NAME = "2.5.4.3";
    SUBJECT_KEY_IDENTIFIER = "2.5.29.14";
    KEY_USAGE = "2.5.29.15";
    SUBJECT_ALT_NAME = "2.5.29.17";
    BASIC_CONSTRAINTS = "2.5.29.19";
    AUTHORITY_KEY_IDENTIFIER = "2.5.29.35";
    EXTENDED_KEY_USAGE = "2.5.29.37";
    SERVER_AUTH = "1.3.6.1.5.5.7.3.1";
    EMAIL_PROTECTION = "1.3.6.1.5.5.7.3.4";
}
