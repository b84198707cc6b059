#pragma once

#include <cmath>
#include <map>
#include <random>
#include <vector>

#include "index/lexical_index.h"
#include "index/top_k.h"

namespace voisin::index::test {

using Terms = std::vector<TermCount>;

// BM25 as its formula reads, over plain maps and in double precision: what a LexicalIndex is held against.
class LexicalReference {
 public:
  explicit LexicalReference(LexicalParams bm25 = {}) : params(bm25) {}

  // Of every point that has a term of the query, whatever its filter says.
  std::map<PointId, double> Scores(std::span<const QueryTerm> query) const {
    const double mean = MeanLength(), k1 = params.k1, b = params.b;
    std::map<PointId, double> scores;
    for (const QueryTerm& wanted : query) {
      const double idf = Idf(wanted.term);
      for (const auto& [id, document] : documents) {
        for (const TermCount& term : document) {
          if (term.term != wanted.term) continue;
          const double tf = term.count, norm = 1 - b + b * Length(document) / mean;
          scores[id] += wanted.weight * idf * tf * (k1 + 1) / (tf + k1 * norm);
        }
      }
    }
    return scores;
  }

  std::vector<Neighbor> Search(const LexicalQuery& query) const {
    TopK best(query.top_k, query.min_score);
    for (const auto& [id, score] : Scores(query.terms)) {
      if (query.filter != nullptr && !query.filter->Contains(id)) continue;
      best.Offer({id, static_cast<float>(score)});
    }
    return best.Take();
  }

  LexicalParams params;
  std::map<PointId, Terms> documents;

 private:
  static double Length(const Terms& document) {
    double length = 0;
    for (const TermCount& term : document) length += term.count;
    return length;
  }
  double MeanLength() const {
    double length = 0;
    for (const auto& [id, document] : documents) length += Length(document);
    return length / static_cast<double>(documents.size());
  }
  double Idf(TermId term) const {
    double with = 0;
    for (const auto& [id, document] : documents) {
      with += std::ranges::any_of(document, [term](const TermCount& t) { return t.term == term; }) ? 1 : 0;
    }
    return std::log(1 + (static_cast<double>(documents.size()) - with + 0.5) / (with + 0.5));
  }
};

// Seeded documents whose terms follow Zipf's law, as words do; some are empty, some repeat a term often.
class LexicalData {
 public:
  LexicalData(uint64_t seed, uint32_t vocabulary) : random_(seed), vocabulary_(vocabulary) {}

  TermId NextTerm() {
    const double u = std::uniform_real_distribution<double>(0, 1)(random_);
    const auto rank = static_cast<uint64_t>(std::pow(static_cast<double>(vocabulary_), u));
    return rank * 0x9e3779b97f4a7c15u;  // spread as hashes are
  }

  Terms NextDocument(uint32_t longest = 30) {
    std::map<TermId, uint32_t> counts;
    for (uint64_t words = random_() % longest; words > 0; --words) {
      counts[NextTerm()] += random_() % 20 == 0 ? 9 : 1;
    }
    Terms terms;
    for (const auto& [term, count] : counts) terms.push_back({term, count});
    std::ranges::shuffle(terms, random_);
    return terms;
  }

  std::vector<QueryTerm> NextQuery(uint32_t most = 6) {
    std::vector<QueryTerm> query;
    for (uint64_t words = random_() % most + 1; words > 0; --words) {
      query.push_back({NextTerm(), random_() % 4 == 0 ? 2.0f : 1.0f});
    }
    return query;
  }

 private:
  std::mt19937_64 random_;
  uint32_t vocabulary_;
};

}  // namespace voisin::index::test
