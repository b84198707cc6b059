#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "storage/filter_expression.h"
#include "storage/posting_key.h"

namespace voisin::storage {

// What a posting says of its documents and a restriction.
enum class LeafEffect {
  nothing,
  includes,  // they match, unless another posting excludes them
  excludes,  // they do not, whatever other postings say
  verify     // their metadata must be asked
};

// A range of postings that tells something about a restriction.
struct LeafRange {
  TermRange terms;
  LeafEffect effect = LeafEffect::includes;
  size_t string_at = 0;  // not 0: `effect` is only of strings that the restriction lets through; they begin
                         // here in a term. Cut strings are verified
};

// The postings that decide a restriction, in as few ranges as possible; exact, with those that are verified.
std::vector<LeafRange> PlanLeaf(const Restriction& restriction);

// Of a term inside range.terms.
LeafEffect EffectOf(const LeafRange& range, std::string_view term, const Restriction& restriction);

// A restriction as it could have been written; two that are written alike are alike.
std::string ToText(const Restriction& restriction);

}  // namespace voisin::storage
