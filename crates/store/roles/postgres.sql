-- What a server may do in its database, and no more. Make a role that may log in, let the database's owner
-- bring the schema up to date, then run this as the owner:
--
--     psql --set role=opd --file postgres.sql DATABASE
--
-- Nothing that was signed can be changed or deleted by it: of statements, and so of the log's leaves, of
-- orders and of cancellation requests it may add rows, and of an order it may move the state.

REVOKE ALL ON ALL TABLES IN SCHEMA public FROM :"role";
REVOKE CREATE ON SCHEMA public FROM :"role";
-- Which a cluster that was made before PostgreSQL 15 grants to everybody.
REVOKE CREATE ON SCHEMA public FROM PUBLIC;

GRANT USAGE ON SCHEMA public TO :"role";
GRANT SELECT ON ALL TABLES IN SCHEMA public TO :"role";

-- Rows that are only ever added.
GRANT INSERT ON
    audit,
    cancellation_requests,
    legacy_keys,
    order_changes,
    order_events,
    order_notes,
    shop,
    statements,
    stock_movements
TO :"role";

-- Rows of which some columns change.
GRANT INSERT ON orders, order_lines, logs, items, keys, buyers, accounts, tokens, webhooks TO :"role";
GRANT UPDATE (state, version) ON orders TO :"role";
GRANT UPDATE (reserved, packed, back_ordered, shipped, cancelled) ON order_lines TO :"role";
GRANT UPDATE (size, root, edge) ON logs TO :"role";
GRANT UPDATE (name, unit, currency, unit_price, per, on_hand, reserved, backorder, low_stock)
    ON items TO :"role";
GRANT UPDATE (
    revoked_at, revocation_reason, revocation_statement, label, ends_at, reminded_days
) ON keys TO :"role";
GRANT UPDATE (name, address, enabled, on_stop, manual_acceptance, mail_detail) ON buyers TO :"role";
GRANT UPDATE (role, name, email, enabled, verifier) ON accounts TO :"role";
GRANT UPDATE (revoked_at) ON tokens TO :"role";
GRANT UPDATE (
    secret, previous_secret, previous_until, last_success_at, disabled_at, disabled_reason
) ON webhooks TO :"role";
GRANT DELETE ON webhooks TO :"role";

-- Rows that come and go.
GRANT INSERT, UPDATE ON correspondence, cosignatures, email_changes, refusals TO :"role";
GRANT INSERT, UPDATE, DELETE ON
    challenges,
    credit_limits,
    invites,
    order_limits,
    outbox,
    prices,
    sessions,
    webhook_deliveries
TO :"role";
