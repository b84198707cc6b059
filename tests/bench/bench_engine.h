#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>

#include "tests/support/blocking_engine.h"

namespace voisin::bench {

// Prints the error and ends the process.
[[noreturn]] void Die(const absl::Status& status);

// An engine over a data directory, in this process. What fails ends the process. Closing it is a clean stop.
class BenchEngine {
 public:
  // Until it is ready.
  explicit BenchEngine(const std::filesystem::path& data_dir);

  void Create(const service::CollectionSpec& spec);
  // A document for each row, with the numbers from `first` on as ids.
  void Add(const std::string& collection, int first, std::span<const float> rows, uint32_t dimensions);
  // Until nearly all points are behind graphs.
  void WaitUntilIndexed(const std::string& collection);
  // Whether the best hit has this number.
  bool Finds(const std::string& collection, std::span<const float> vector, int number);

  test::BlockingEngine& blocking() { return blocking_; }

 private:
  const std::unique_ptr<service::Engine> engine_;
  test::BlockingEngine blocking_;
};

struct Figure {
  double value = 0;
  bool checked = true;
};

// Runs `work` in a child and returns what it returns; nothing when it was killed by itself.
Figure InChild(const std::function<Figure()>& work);
void InChildDo(const std::function<void()>& work);

// Resident bytes of this process.
double ResidentBytes();

}  // namespace voisin::bench
