#pragma once

#include <cstddef>
#include <functional>

namespace voisin::cli {

// Calls `work(i)` for every i below `count` on so many threads (0: one per CPU) and waits. Ascending i are started in
// order; the calls must not throw.
void ParallelFor(size_t threads, size_t count, const std::function<void(size_t)>& work);

}  // namespace voisin::cli
