//! Labels moved apart as little as possible.

/// A label on a line: the middle that it would like and the room that it takes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wish {
    pub middle: f64,
    pub extent: f64,
}

/// Middles for the labels, in the order given, so that none overlap and all lie between `low` and `high`.
///
/// The order along the line is that of the wishes, and the sum of squared shifts is the least possible (isotonic
/// regression by pooling adjacent violators). Labels that need more room than there is run over the end at `high`.
pub(super) fn spread(wishes: &[Wish], low: f64, high: f64) -> Vec<f64> {
    let mut order: Vec<usize> = (0..wishes.len()).collect();
    order.sort_by(|a, b| wishes[*a].middle.total_cmp(&wishes[*b].middle).then(a.cmp(b)));
    // Offsets of the middles when all labels touch; what remains to choose must not decrease along the line.
    let mut offsets = Vec::with_capacity(order.len());
    let mut used = 0.0;
    for &index in &order {
        offsets.push(used + wishes[index].extent / 2.0);
        used += wishes[index].extent;
    }
    let mut blocks: Vec<(f64, usize)> = Vec::new();
    for (&index, offset) in order.iter().zip(&offsets) {
        let mut block = (wishes[index].middle - offset, 1);
        while let Some(&(start, count)) = blocks.last() {
            if start <= block.0 {
                break;
            }
            blocks.pop();
            let total = count + block.1;
            block = ((start * count as f64 + block.0 * block.1 as f64) / total as f64, total);
        }
        blocks.push(block);
    }
    let last_start = (high - used).max(low);
    let starts = blocks.into_iter().flat_map(|(start, count)| std::iter::repeat_n(start.clamp(low, last_start), count));
    let mut middles = vec![0.0; wishes.len()];
    for ((&index, offset), start) in order.iter().zip(&offsets).zip(starts) {
        middles[index] = start + offset;
    }
    middles
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_with_room_stay_where_they_are() {
        let wishes = [Wish { middle: 80.0, extent: 10.0 }, Wish { middle: 20.0, extent: 10.0 }];
        assert_eq!(spread(&wishes, 0.0, 100.0), vec![80.0, 20.0]);
    }

    #[test]
    fn equal_wishes_are_shared_out_evenly_around_them() {
        let wishes = [Wish { middle: 50.0, extent: 10.0 }; 3];
        assert_eq!(spread(&wishes, 0.0, 100.0), vec![40.0, 50.0, 60.0]);
    }

    #[test]
    fn nothing_leaves_the_line() {
        let wishes = [Wish { middle: 99.0, extent: 10.0 }, Wish { middle: 98.0, extent: 10.0 }];
        assert_eq!(spread(&wishes, 0.0, 100.0), vec![95.0, 85.0]);
    }
}
