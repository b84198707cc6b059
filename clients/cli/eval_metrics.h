#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

// Figures of merit, each in 0..1 (a correlation in -1..1). A ranking is given as the grades of its documents, best
// ranked first; a document without judgment has grade 0, and grades below 0 count as 0. `judged` are the grades of
// all judged documents of the query, in any order, at least one above 0.
namespace voisin::cli {

// Normalised discounted cumulative gain of the first k (Järvelin & Kekäläinen 2002): the gain of a document is its
// grade, the discount of rank r is log2(r + 1), the ideal ranking has all judged documents by falling grade. What
// trec_eval calls ndcg_cut and BEIR NDCG@k.
double NdcgAt(size_t k, std::span<const int> ranked, std::span<const int> judged);

// 1 / rank of the first relevant document among the first k, 0 without one; its mean over queries is MRR@k
// (trec_eval's recip_rank, cut at k).
double ReciprocalRankAt(size_t k, std::span<const int> ranked);

// Share of the relevant documents that the first k have (trec_eval's recall_k).
double RecallAt(size_t k, std::span<const int> ranked, std::span<const int> judged);

// Ranks from 1; equal values share the mean of their ranks.
std::vector<double> AverageRanks(std::span<const double> values);

// Spearman's rank correlation of two lists of the same length: Pearson's correlation of the average ranks, hence
// right with ties (as scipy.stats.spearmanr). Nothing when one of the lists has fewer than two distinct values.
std::optional<double> SpearmanCorrelation(std::span<const double> a, std::span<const double> b);

}  // namespace voisin::cli
