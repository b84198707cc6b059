#pragma once

#include <functional>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "storage/document.h"

namespace voisin::test {

using Documents = std::map<std::string, storage::Document>;

// What a database must hold, kept outside of it, for somebody who sends one request at a time: each is marked as
// pending before it is sent. Times are positions in the record of a disk. For one thread.
template <typename State>
class History {
 public:
  using Change = std::function<void(State&)>;

  void Begin(size_t position, Change change) { requests_.push_back({position, kNever, std::move(change)}); }
  void Acknowledge(size_t position) { requests_.back().answered = position; }
  // Everything so far.
  const State& now() {
    while (applied_ < requests_.size()) requests_[applied_++].change(now_);
    return now_;
  }

  // What may be found when the power went at `position`: what was acknowledged, and the same with what was pending.
  std::vector<State> Possible(size_t position) const {
    State state = start_;
    for (const Request& request : requests_) {
      if (request.answered > position) {
        if (request.begun >= position) break;
        State with = state;
        request.change(with);
        return {std::move(state), std::move(with)};
      }
      request.change(state);
    }
    return {std::move(state)};
  }
  // From here on `found` is what was there from the beginning.
  void Restart(State found) {
    start_ = now_ = std::move(found);
    requests_.clear();
    applied_ = 0;
  }

 private:
  static constexpr size_t kNever = std::numeric_limits<size_t>::max();
  struct Request {
    size_t begun;
    size_t answered;
    Change change;
  };

  State start_ = {};
  State now_ = {};
  std::vector<Request> requests_;
  size_t applied_ = 0;
};

}  // namespace voisin::test
