//! Moves of orders at rest in SQL, with the stock behind them.

use std::collections::BTreeMap;

use async_trait::async_trait;
use countersign_order::{LineProgress, OrderId, Sku};
use rusqlite::params;

use super::cell::{Word, json, micros};
use super::inventory::StockRow;
use super::unit::Unit;
use crate::{LineRecord, OrderMove, StoreError, WriteOrders};

#[async_trait]
impl WriteOrders for Unit {
    async fn move_order(&mut self, order_move: &OrderMove) -> Result<(), StoreError> {
        let is_latest = self.changes(
            "UPDATE orders
             SET state = ?3,
                 version = version + 1
             WHERE id = ?1
                 AND version = ?2",
            params![
                order_move.order.to_string(),
                order_move.version,
                order_move.progress.state.word()
            ],
        )?;
        if !is_latest {
            return Err(StoreError::Conflict);
        }
        self.move_lines(&order_move.order, &order_move.progress.lines)?;
        self.execute(
            "INSERT INTO order_events (
                 order_id,
                 version,
                 at,
                 by,
                 event,
                 detail
             )
             VALUES (?1, ?2 + 1, ?3, ?4, ?5, ?6)",
            params![
                order_move.order.to_string(),
                order_move.version,
                micros(order_move.event.at),
                order_move.event.by,
                order_move.event.event,
                order_move.event.detail
            ],
        )?;
        Ok(())
    }
}

impl Unit {
    /// Moves the units of lines, and the stock behind them by as much.
    fn move_lines(&self, order: &OrderId, lines: &[LineProgress]) -> Result<(), StoreError> {
        if lines.is_empty() {
            return Ok(());
        }
        let stored: BTreeMap<u32, LineRecord> = self
            .lines_of(&json(&[order])?)?
            .into_iter()
            .map(|(_, line)| (line.progress.line, line))
            .collect();
        let mut stock: BTreeMap<&Sku, (i64, i64)> = BTreeMap::new();
        for after in lines {
            let before = stored.get(&after.line).ok_or(StoreError::Conflict)?;
            let change = before.progress.stock_change(after);
            let (on_hand, reserved) = stock.entry(&before.sku).or_default();
            *on_hand += change.on_hand;
            *reserved += change.reserved;
        }
        self.execute(
            "UPDATE order_lines
             SET ordered = moved.value ->> 'ordered',
                 reserved = moved.value ->> 'reserved',
                 back_ordered = moved.value ->> 'back_ordered',
                 shipped = moved.value ->> 'shipped',
                 cancelled = moved.value ->> 'cancelled'
             FROM jsonb_each(?2) AS moved
             WHERE order_lines.order_id = ?1
                 AND order_lines.line = moved.value ->> 'line'",
            params![order.to_string(), json(lines)?],
        )?;
        let moved = stock.into_iter().filter(|(_, change)| *change != (0, 0));
        self.move_stock(moved.map(|(sku, (on_hand, reserved))| StockRow {
            sku: sku.as_str(),
            on_hand,
            reserved,
        }))
    }
}
