//! Every table of the schema, with what rests in its columns. The order is one in which rows that others
//! refer to come first. A test compares the list with both schemas.

/// Rows of a table that a copy of a shop moves at a time.
const ROWS_AT_ONCE: u16 = 500;
/// The same where each may hold a message or a statement, of up to 1 MiB.
const DOCUMENTS_AT_ONCE: u16 = 64;
/// Leaves of the log that are read at a time to compute the root of a copy.
const LEAVES_AT_ONCE: u16 = 4096;

/// A table, or some columns of one.
#[derive(Clone, Copy, Debug)]
pub struct Table {
    /// Its name.
    pub name: &'static str,
    /// How many of the columns, from the first one on, are the key by which rows are told apart.
    pub key: usize,
    /// Its columns.
    pub columns: &'static [Column],
    /// Whether rows that are added get their number from the database.
    pub is_numbered: bool,
    /// How many of its rows are in memory at once.
    pub(crate) rows_at_once: u16,
}

/// A column.
#[derive(Clone, Copy, Debug)]
pub struct Column {
    /// Its name.
    pub name: &'static str,
    /// What rests in it.
    pub kind: Kind,
}

/// What rests in a column, and how in SQLite and in PostgreSQL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A number, or a time in microseconds since 1970: `INTEGER`, `bigint`.
    Number,
    /// A text, JSON among them: `TEXT`, `text`.
    Text,
    /// Octets: `BLOB`, `bytea`.
    Bytes,
    /// Yes or no: `INTEGER` 1 or 0, `boolean`.
    Flag,
    /// Several texts: `TEXT` with an array in JSON, `text[]`.
    Words,
}

impl Table {
    /// The names of the columns, quoted for SQL.
    pub(crate) fn column_list(&self) -> String {
        list(self.columns)
    }

    /// The names of the key's columns, quoted for SQL.
    pub(crate) fn key_list(&self) -> String {
        list(self.key_columns())
    }

    /// The columns of the key.
    pub(crate) fn key_columns(&self) -> &'static [Column] {
        self.columns.get(..self.key).unwrap_or_default()
    }

    const fn numbered(self) -> Self {
        Self {
            is_numbered: true,
            ..self
        }
    }

    const fn of_documents(self) -> Self {
        Self {
            rows_at_once: DOCUMENTS_AT_ONCE,
            ..self
        }
    }
}

fn list(columns: &[Column]) -> String {
    let quoted: Vec<String> = columns
        .iter()
        .map(|column| format!("\"{}\"", column.name))
        .collect();
    quoted.join(", ")
}

/// A table from its name, its key and its other columns.
macro_rules! table {
    ($name:ident ($($key:ident $key_kind:ident),+) $($column:ident $kind:ident),* $(,)?) => {
        Table {
            name: stringify!($name),
            key: [$(stringify!($key)),+].len(),
            columns: &[
                $(Column { name: stringify!($key), kind: Kind::$key_kind },)+
                $(Column { name: stringify!($column), kind: Kind::$kind },)*
            ],
            is_numbered: false,
            rows_at_once: ROWS_AT_ONCE,
        }
    };
}

/// The one row that says whose shop it is.
pub(super) const SHOP: Table = table!(shop (only_row Number)
    origin Text, root_sha256 Bytes, created_at Number);

/// The logs.
pub(super) const LOGS: Table = table!(logs (generation Number)
    origin Text, first_statement Number, size Number, root Bytes, edge Bytes);

/// Of the statements what the log's leaves are made of.
pub(super) const LEAVES: Table = Table {
    rows_at_once: LEAVES_AT_ONCE,
    ..table!(statements (number Number) sha256 Bytes)
};

/// Every table, those first that others refer to.
pub const TABLES: [Table; 30] = [
    SHOP,
    table!(buyers (id Text)
        name Text, address Text, enabled Flag, on_stop Flag, manual_acceptance Flag, mail_detail Text,
        created_at Number),
    table!(accounts (id Text)
        buyer Text, role Text, name Text, email Text, enabled Flag, verifier Text, created_at Number),
    table!(keys (id Text)
        account Text, buyer Text, certificate Bytes, certificate_sha256 Bytes, key_sha256 Bytes,
        issuer_and_serial Bytes, subject_key_identifier Bytes, algorithm Text, enrolled_at Number,
        authorised_by Text, possession Bytes, authorisation Bytes, enrolment_statement Number,
        revoked_at Number, revocation_reason Text, revocation_statement Number, label Text,
        ends_at Number, reminded_days Number)
    .of_documents(),
    table!(legacy_keys (account Text, key_sha256 Bytes)
        algorithm Text, public_key Bytes),
    table!(sessions (token_sha256 Bytes)
        account Text, created_at Number, seen_at Number, idle_ends_at Number, ends_at Number),
    table!(challenges (challenge_sha256 Bytes)
        account Text, expires_at Number),
    table!(invites (code_sha256 Bytes)
        account Text, created_at Number, expires_at Number, redeemed_at Number, used_at Number),
    table!(items (sku Text)
        name Text, unit Text, currency Text, unit_price Text, per Number, on_hand Number,
        reserved Number, backorder Flag, low_stock Number),
    table!(statements (number Number)
        kind Text, order_id Text, account Text, issued_at Number, sha256 Bytes, completes Bytes,
        der Bytes)
    .of_documents(),
    LOGS,
    table!(cosignatures (log Number, witness Text)
        size Number, root Bytes, line Text, cosigned_at Number),
    table!(orders (id Text)
        buyer Text, account Text, purchase_order_number Text, attempt Number,
        sales_order_number Number, decision Text, reasons Text, state Text, version Number,
        fulfilment Text, currency Text, total_minor Number, ship_to Text, note Text,
        issued_at Number, received_at Number, decided_at Number, held_until Number,
        content_sha256 Bytes, certificate_sha256 Bytes, receipt Number, signed_data Bytes)
    .of_documents(),
    table!(order_lines (order_id Text, line Number)
        sku Text, description Text, unit Text, unit_price Text, per Number, requested_delivery Text,
        ordered Number, reserved Number, packed Number, back_ordered Number, shipped Number,
        cancelled Number),
    table!(order_events (order_id Text, version Number)
        at Number, by Text, event Text, detail Text),
    table!(order_changes (number Number) order_id Text, buyer Text, version Number).numbered(),
    table!(order_notes (number Number) order_id Text, at Number, by Text, note Text).numbered(),
    table!(cancellation_requests (statement Number)
        order_id Text, account Text, received_at Number, content_sha256 Bytes,
        certificate_sha256 Bytes, signed_data Bytes)
    .of_documents(),
    table!(refusals (buyer Text, slot Number)
        number Number, id Text, account Text, received_at Number, code Text, message_sha256 Bytes,
        purchase_order_number Text, issued_at Number, items Text),
    table!(outbox (number Number)
        event_id Text, kind Text, recipient Text, order_id Text, payload Text, state Text,
        attempts Number, created_at Number, due_at Number, sent_at Number, last_error Text)
    .numbered(),
    table!(audit (number Number) at Number, by Text, action Text, subject Text, detail Text)
        .numbered(),
    table!(stock_movements (number Number)
        at Number, by Text, sku Text, kind Text, on_hand Number, reserved Number, order_id Text,
        line Number, reason Text)
    .numbered(),
    table!(prices (buyer Text, sku Text, currency Text, valid_from Text)
        valid_to Text, unit_price Text, per Number),
    table!(credit_limits (buyer Text, currency Text) limit_minor Number),
    table!(order_limits (account Text, currency Text) largest_minor Number),
    table!(email_changes (account Text) changed_at Number),
    table!(correspondence (buyer Text) language Text, orders_email Text, goods_in_email Text),
    table!(tokens (id Text)
        token_sha256 Bytes, account Text, scope Text, label Text, created_at Number, ends_at Number,
        revoked_at Number),
    table!(webhooks (number Number)
        buyer Text, url Text, kinds Words, secret Text, previous_secret Text, previous_until Number,
        created_at Number, last_success_at Number, disabled_at Number, disabled_reason Text)
    .numbered(),
    table!(webhook_deliveries (number Number)
        webhook Number, event_id Text, kind Text, order_id Text, statement Number, payload Text,
        state Text, claims Number, attempts Number, created_at Number, due_at Number,
        lease_ends_at Number, tried_at Number, status Number, error Text)
    .numbered(),
];
