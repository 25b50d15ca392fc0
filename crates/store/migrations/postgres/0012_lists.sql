-- What orders are listed by: arrival, alone or of a buyer or in a state; items; dates asked for.

CREATE INDEX orders_by_arrival ON orders (received_at, id);

CREATE INDEX orders_of_buyer_by_arrival ON orders (buyer, received_at, id);

CREATE INDEX orders_in_state_by_arrival ON orders (state, received_at, id);

CREATE INDEX lines_of_item ON order_lines (sku, order_id);

CREATE INDEX lines_to_deliver ON order_lines (requested_delivery, order_id)
    WHERE requested_delivery IS NOT NULL AND reserved + back_ordered > 0;
