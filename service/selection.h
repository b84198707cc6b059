#pragma once

#include "service/types.h"

namespace voisin::service {

// What one search makes of its ranked candidates: a page of them, groups, a diverse choice. It is told the
// living ones, best first, until it has enough; when the candidates end too early it is cleared and told a
// longer list. For one thread.
class Selection {
 public:
  virtual ~Selection() = default;

  // How many candidates the first list should have.
  virtual uint32_t candidates() const = 0;
  // What Offer looks at; a request's own mask where hits are kept as they are offered.
  virtual storage::ReadMask reads() const = 0;
  // Known before the document is read: false when it can be no hit.
  virtual bool Wants(const index::Neighbor& candidate) const = 0;
  // The list begins.
  virtual void Clear() = 0;
  // False: the answer is whole, and nothing that could follow changes it.
  virtual bool Offer(Hit hit) = 0;
  // In the order of the answer; empties the selection.
  virtual std::vector<Hit> Take() = 0;
};

}  // namespace voisin::service
