//! The change of a product, split among its factors.

use crate::numeric::dual::Dual;

/// What each factor adds to Πa − Πb.
///
/// # Definition
/// Factor f adds (a_f − b_f)·Σ_S |S|!(F−1−|S|)!/F!·Π_{s∈S} a_s·Π_{s∉S, s≠f} b_s over all sets S of other factors: the mean
/// over all orders in which the factors may change one after the other (Shapley value). The parts add up exactly, and
/// turning the two sides around turns the signs. With two factors it is Kitagawa's split, (a₁ − b₁)(a₂ + b₂)/2.
///
/// # References
/// Das Gupta (1993), *Standardization and Decomposition of Rates*, U.S. Bureau of the Census, P23-186, equation 3.54.
pub(super) fn split_product(a: &[Dual], b: &[Dual]) -> Vec<Dual> {
    let n = a.len();
    let shares = order_shares(n);
    let effect = |f: usize| {
        let others: Vec<usize> = (0..n).filter(|o| *o != f).collect();
        let mut rest = Dual::constant(0.0);
        for set in 0..1_usize << others.len() {
            let side = |k: usize| if set >> k & 1 == 1 { &a[others[k]] } else { &b[others[k]] };
            let product = (0..others.len()).fold(Dual::constant(1.0), |product, k| product.times(side(k)));
            rest = rest.plus(&product.scaled(shares[set.count_ones() as usize]));
        }
        a[f].minus(&b[f]).times(&rest)
    };
    (0..n).map(effect).collect()
}

/// Share of the orders of `n` things in which a given one comes right after a given set, by the size of the set:
/// k!(n−1−k)!/n!.
pub(super) fn order_shares(n: usize) -> Vec<f64> {
    let factorial = |k: usize| (1..=k).map(|i| i as f64).product::<f64>();
    (0..n).map(|k| factorial(k) * factorial(n - 1 - k) / factorial(n)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn constants(values: &[f64]) -> Vec<Dual> {
        values.iter().map(|v| Dual::constant(*v)).collect()
    }

    // By hand: a = (2, 3, 5), b = (1, 1, 1). First factor: (bc + BC)/3 + (bC + Bc)/6 with Das Gupta's letters,
    // (1 + 15)/3 + (3 + 5)/6 = 20/3; second 2·((1 + 10)/3 + (2 + 5)/6) = 29/3; third 4·((1 + 6)/3 + (2 + 3)/6) = 38/3.
    #[test]
    fn three_factors_by_hand() {
        let parts = split_product(&constants(&[2.0, 3.0, 5.0]), &constants(&[1.0, 1.0, 1.0]));
        for (part, want) in parts.iter().zip([20.0 / 3.0, 29.0 / 3.0, 38.0 / 3.0]) {
            assert!((part.value - want).abs() < 1e-14);
        }
        assert!((Dual::sum(&parts).value - 29.0).abs() < 1e-13);
        assert_eq!(order_shares(3), [1.0 / 3.0, 1.0 / 6.0, 1.0 / 3.0]);
    }

    #[test]
    fn the_other_way_round_the_signs_turn() {
        let (a, b) = (constants(&[0.3, 2.0, 1.5, 0.2]), constants(&[0.5, 1.0, 0.0, 0.9]));
        for (forth, back) in split_product(&a, &b).iter().zip(split_product(&b, &a)) {
            assert!((forth.value + back.value).abs() < 1e-15);
        }
    }
}
