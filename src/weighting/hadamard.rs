//! Hadamard matrices.

/// A Hadamard matrix of the smallest order reached by doubling and Paley's constructions that is at least `n`.
///
/// Entries are true for +1; the first row and column are +1 throughout.
///
/// # References
///
/// Paley (1933), On orthogonal matrices; Wolter (2007), Introduction to Variance Estimation, appendix A.
pub(super) fn hadamard(n: usize) -> Vec<Vec<bool>> {
    let mut order = n.max(1);
    loop {
        if let Some(matrix) = of_order(order) {
            return normalized(matrix);
        }
        order += 1;
    }
}

fn of_order(order: usize) -> Option<Vec<Vec<bool>>> {
    match order {
        1 => Some(vec![vec![true]]),
        2 => Some(doubled(&[vec![true]])),
        _ if !order.is_multiple_of(4) => None,
        _ if is_prime(order - 1) => Some(paley(order - 1)),
        _ => of_order(order / 2).map(|half| doubled(&half)),
    }
}

/// Sylvester's doubling.
fn doubled(half: &[Vec<bool>]) -> Vec<Vec<bool>> {
    let n = half.len();
    let entry = |i: usize, j: usize| half[i % n][j % n] == (i < n || j < n);
    (0..2 * n).map(|i| (0..2 * n).map(|j| entry(i, j)).collect()).collect()
}

/// Paley's first construction for a prime q with q ≡ 3 (mod 4).
fn paley(q: usize) -> Vec<Vec<bool>> {
    let mut is_square = vec![false; q];
    for i in 1..q {
        is_square[i * i % q] = true;
    }
    let entry = |i: usize, j: usize| match (i, j) {
        (0, _) => true,
        (_, 0) => false,
        _ if i == j => true,
        _ => is_square[(q + j - i) % q],
    };
    (0..=q).map(|i| (0..=q).map(|j| entry(i, j)).collect()).collect()
}

/// Turns signs of rows and columns so that the first of each is +1.
fn normalized(mut matrix: Vec<Vec<bool>>) -> Vec<Vec<bool>> {
    let first = matrix[0].clone();
    for row in &mut matrix {
        row.iter_mut().zip(&first).for_each(|(entry, turn)| *entry = *entry == *turn);
        let lead = row[0];
        row.iter_mut().for_each(|entry| *entry = *entry == lead);
    }
    matrix
}

fn is_prime(n: usize) -> bool {
    n >= 2 && (2..).take_while(|d| d * d <= n).all(|d| !n.is_multiple_of(d))
}

#[cfg(test)]
mod tests {
    use super::hadamard;

    #[test]
    fn rows_are_orthogonal() {
        for n in [1, 2, 3, 8, 12, 20, 24, 28, 60] {
            let matrix = hadamard(n);
            assert!(matrix.len() >= n && matrix.len() < n + 5, "{n}: {}", matrix.len());
            for (i, a) in matrix.iter().enumerate() {
                for b in &matrix[..i] {
                    let agree = a.iter().zip(b).filter(|(x, y)| x == y).count();
                    assert_eq!(2 * agree, matrix.len(), "order {}", matrix.len());
                }
                assert!(a[0] && matrix[0][i]);
            }
        }
    }
}
