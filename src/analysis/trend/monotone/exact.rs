//! The exact law of Kendall's S for short series.

/// P(|S| ≥ |s|) under no trend, for several series whose S are added; `None` where it would take too long or where
/// times are tied.
///
/// # Definition
/// Under no trend every order of a series is equally probable. With values in tie groups u₁, u₂ …, the number of pairs that
/// fall is a sum of independent Mann–Whitney counts of group k against all groups before it, and S = (pairs of unequal values) −
/// 2·(pairs that fall).
///
/// # Shapes and units
/// `groups`: for each series the sizes of its groups of equal values, groups of one included.
///
/// # References
/// Kendall (1970), *Rank Correlation Methods*, chapters 4 and 5. Mann and Whitney (1947), Annals of Mathematical Statistics 18.
pub(super) fn two_sided_p(groups: &[Vec<usize>], s: f64) -> Option<f64> {
    /// The normal law is close enough beyond.
    const LONGEST: usize = 40;
    if groups.iter().any(|sizes| sizes.iter().sum::<usize>() > LONGEST) {
        return None;
    }
    let mut law = vec![1.0];
    let mut n_unequal = 0;
    for sizes in groups {
        let mut before = 0;
        for size in sizes {
            law = convolved(&law, &falling_pairs(before, *size));
            n_unequal += before * size;
            before += size;
        }
    }
    let limit = s.abs() - 1e-9;
    let tail = law.iter().enumerate().filter(|(falls, _)| (n_unequal as f64 - 2.0 * *falls as f64).abs() >= limit);
    Some(tail.map(|(_, p)| p).sum::<f64>().min(1.0))
}

/// The law of the number of pairs that fall between `m` earlier-ranked and `n` later-ranked values in a random order.
fn falling_pairs(m: usize, n: usize) -> Vec<f64> {
    // p(i, j): with i and j values left, the last of them is one of the j with probability j/(i + j) and then falls with none.
    let mut rows: Vec<Vec<f64>> = vec![vec![1.0]; n + 1];
    for i in 1..=m {
        let mut next: Vec<Vec<f64>> = vec![vec![1.0]];
        for j in 1..=n {
            let (of_first, of_second) = (i as f64 / (i + j) as f64, j as f64 / (i + j) as f64);
            let mut law = vec![0.0; i * j + 1];
            for (falls, p) in rows[j].iter().enumerate() {
                law[falls + j] += of_first * p;
            }
            for (falls, p) in next[j - 1].iter().enumerate() {
                law[falls] += of_second * p;
            }
            next.push(law);
        }
        rows = next;
    }
    rows.swap_remove(n)
}

fn convolved(a: &[f64], b: &[f64]) -> Vec<f64> {
    let mut out = vec![0.0; a.len() + b.len() - 1];
    for (i, p) in a.iter().enumerate() {
        for (j, q) in b.iter().enumerate() {
            out[i + j] += p * q;
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every order of the values, one by one.
    fn by_hand(values: &[i32], s: i32) -> f64 {
        fn orders(rest: &mut Vec<i32>, order: &mut Vec<i32>, out: &mut Vec<i32>) {
            if rest.is_empty() {
                let pairs = (0..order.len()).flat_map(|i| (i + 1..order.len()).map(move |j| (i, j)));
                out.push(pairs.map(|(i, j)| (order[j] - order[i]).signum()).sum());
            }
            for i in 0..rest.len() {
                let taken = rest.remove(i);
                order.push(taken);
                orders(rest, order, out);
                order.pop();
                rest.insert(i, taken);
            }
        }
        let mut out = Vec::new();
        orders(&mut values.to_vec(), &mut Vec::new(), &mut out);
        out.iter().filter(|other| other.abs() >= s.abs()).count() as f64 / out.len() as f64
    }

    #[test]
    fn all_orders_one_by_one() {
        for s in 0..=10 {
            let p = two_sided_p(&[vec![1; 5]], f64::from(s)).unwrap();
            assert!((p - by_hand(&[1, 2, 3, 4, 5], s)).abs() < 1e-12, "{s}");
            let tied = two_sided_p(&[vec![2, 1, 3]], f64::from(s)).unwrap();
            assert!((tied - by_hand(&[1, 1, 2, 3, 3, 3], s)).abs() < 1e-12, "{s} tied");
        }
    }

    #[test]
    fn two_series_add_up() {
        // Two pairs: S is −2, 0, 0, 2.
        assert!((two_sided_p(&[vec![1, 1], vec![1, 1]], 2.0).unwrap() - 0.5).abs() < 1e-12);
        assert_eq!(two_sided_p(&[vec![1; 41]], 2.0), None);
    }
}
