//! Powers of one base out of a table: Lim and Lee's comb ("More Flexible Exponentiation with
//! Precomputation", CRYPTO '94). Bases and exponents are public, so time may vary.

use crypto_bigint::modular::BoxedMontyForm;
use crypto_bigint::{BoxedUint, MontyMultiplier as _};

use super::parameters::DsaParameters;

/// Rows into which an exponent is cut; a table has a product for each choice of them.
const ROWS: u32 = 8;
/// Parts of a row, each with a table of its own: so many times fewer squarings.
const PARTS: u32 = 2;

/// The tables of one base. 2 × 256 numbers modulo p: 140 KiB for 2048 bits.
pub(super) struct Comb {
    /// For each part, at place i: the product of the powers that the bits of i choose.
    tables: Vec<Vec<BoxedMontyForm>>,
    /// Bits of a part of a row.
    columns: u32,
}

impl Comb {
    /// Costs as much as two or three signatures checked without it.
    pub(super) fn new(parameters: &DsaParameters, base: &BoxedUint) -> Self {
        let columns = parameters.q_bits().div_ceil(ROWS * PARTS);
        let mut powers: Vec<Vec<BoxedMontyForm>> = (0..PARTS).map(|_| Vec::new()).collect();
        let mut power = parameters.element(base);
        let mut multiplier = parameters.multiplier();
        for _ in 0..ROWS {
            for part in &mut powers {
                part.push(power.clone());
                for _ in 0..columns {
                    multiplier.square_assign(&mut power);
                }
            }
        }
        let tables = powers.iter().map(|powers| products(parameters, powers));
        Self {
            tables: tables.collect(),
            columns,
        }
    }

    /// Columns of an exponent, each of which takes a squaring.
    pub(super) const fn columns(&self) -> u32 {
        self.columns
    }

    /// What the bits of an exponent choose in a column, from each table; nothing where all are zero, and in
    /// columns that there are not.
    pub(super) fn factors(
        &self,
        exponent: &BoxedUint,
        column: u32,
    ) -> impl Iterator<Item = &BoxedMontyForm> {
        let parts = (0..PARTS).zip(&self.tables);
        let parts = parts.filter(move |_| column < self.columns);
        parts.filter_map(move |(part, table)| {
            let place = |row: u32| (row * PARTS + part) * self.columns + column;
            let chosen = (0..ROWS)
                .filter(|row| exponent.bit_vartime(place(*row)))
                .fold(0, |chosen, row| chosen | 1 << row);
            table.get(chosen).filter(|_| chosen > 0)
        })
    }
}

/// The products of all choices of these numbers: at place i, of those whose bits are set in i.
fn products(parameters: &DsaParameters, numbers: &[BoxedMontyForm]) -> Vec<BoxedMontyForm> {
    let mut products = vec![parameters.one()];
    for number in numbers {
        let with: Vec<_> = products.iter().map(|product| product.mul(number)).collect();
        products.extend(with);
    }
    products
}
