//! Prices of single buyers.

use countersign_api::{PriceEnd, PriceImport, PriceQuery, PriceView, PricesEnded, PricesImported};
use ureq::http::Method;

use super::super::ROWS;
use super::Place;
use crate::desk::operations::ImportPrices;
use crate::desk::prices::compare;
use crate::failure::Failure;
use crate::http::desk::prices::{filter, price_end, price_records, price_view, prices_imported};

/// Where prices are.
const PRICES: &str = "/v1/desk/prices";

impl Place {
    /// The prices that are asked for.
    pub(in super::super) async fn prices(
        &self,
        asked: &PriceQuery,
    ) -> Result<Vec<PriceView>, Failure> {
        let shop = match self {
            Self::Here(shop) => shop,
            Self::There(remote) => return remote.asked_rows(PRICES, asked, usize::MAX),
        };
        let filter = filter(asked);
        let mut store = shop.look().await?;
        let (mut rows, mut after) = (Vec::new(), None);
        loop {
            let page = store.prices(&filter, after.as_ref(), ROWS).await?;
            let Some(end) = page.last() else {
                return Ok(rows);
            };
            after = Some(end.key.clone());
            rows.extend(page.into_iter().map(price_view));
        }
    }

    /// Adds prices, or changes them, or says what would change: all of them, or none.
    pub(in super::super) async fn import_prices(
        &self,
        request: PriceImport,
    ) -> Result<PricesImported, Failure> {
        let shop = match self {
            Self::Here(shop) => shop,
            Self::There(remote) => return remote.send_json(Method::POST, PRICES, &request),
        };
        let prices = price_records(request.prices)?;
        let compared = if request.dry_run {
            compare(&mut *shop.look().await?, &prices).await?
        } else {
            shop.run(ImportPrices { prices }).await?
        };
        Ok(prices_imported(compared, request.dry_run)?)
    }

    /// Ends prices.
    pub(in super::super) async fn end_price(
        &self,
        request: PriceEnd,
    ) -> Result<PricesEnded, Failure> {
        match self {
            Self::Here(shop) => {
                let operation = price_end(request, shop.desk.clock().now())?;
                let last_day = countersign_api::Day(operation.last_day);
                let ended = shop.run(operation).await?;
                Ok(PricesEnded { ended, last_day })
            }
            Self::There(remote) => {
                remote.send_json(Method::POST, &format!("{PRICES}/end"), &request)
            }
        }
    }
}
