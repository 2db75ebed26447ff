//! Patterns of ids of results.

/// Does an id fit a pattern in which `*` stands for any text within a part between slashes?
pub(super) fn matches(pattern: &str, id: &str) -> bool {
    let (patterns, parts) = (pattern.split('/'), id.split('/'));
    patterns.clone().count() == parts.clone().count()
        && patterns.zip(parts).all(|(pattern, part)| part_matches(pattern, part))
}

fn part_matches(pattern: &str, part: &str) -> bool {
    let Some((head, tail)) = pattern.split_once('*') else { return pattern == part };
    let Some(rest) = part.strip_prefix(head) else { return false };
    let starts = std::iter::once(0).chain(rest.char_indices().map(|(i, c)| i + c.len_utf8()));
    starts.map(|i| &rest[i..]).any(|rest| part_matches(tail, rest))
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn a_star_stays_within_a_part() {
        assert!(matches("gap/*", "gap/june") && matches("g*p/j*e", "gap/june") && matches("*/*", "gap/june"));
        assert!(!matches("gap/*", "gap/june/x") && !matches("gap/*y", "gap/june") && !matches("gap", "gap/june"));
    }
}
