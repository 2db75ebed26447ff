//! The sampling design, checked once: stages, strata, clusters, population sizes, weights, replicates, domains.
