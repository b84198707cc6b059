#pragma once

#include <array>
#include <atomic>
#include <memory>
#include <thread>

namespace voisin::index {

// Publishes an immutable value by swapping a pointer. Load takes no lock and never waits for Store; Store
// waits for the few readers that are at that moment copying the value it replaces.
//
// Why not std::atomic<std::shared_ptr>: libstdc++ 12 builds it on a spin lock, so that a preempted writer
// would hold up every search, and its unlock is too weak for ThreadSanitizer to follow. Here a reader
// announces the box that it is about to read in a slot of its own (a hazard pointer), looks again that the
// box is still current, and copies the shared_ptr.
template <typename T>
class SharedCell {
 public:
  explicit SharedCell(std::shared_ptr<T> value) : current_(new Box{std::move(value)}) {}
  ~SharedCell() { delete current_.load(); }
  SharedCell(const SharedCell&) = delete;
  SharedCell& operator=(const SharedCell&) = delete;

  // From any thread.
  std::shared_ptr<T> Load() const {
    const Box* box = current_.load();
    Slot& slot = Claim(box);
    for (const Box* now = current_.load(); now != box; now = current_.load()) {
      box = now;
      slot.box.store(box);
    }
    std::shared_ptr<T> value = box->value;
    slot.box.store(nullptr);
    return value;
  }

  // From one thread at a time.
  void Store(std::shared_ptr<T> value) {
    const Box* old = current_.exchange(new Box{std::move(value)});
    for (const Slot& slot : slots_) {
      while (slot.box.load() == old) std::this_thread::yield();
    }
    delete old;
  }

 private:
  struct Box {
    std::shared_ptr<T> value;
  };
  struct alignas(64) Slot {
    std::atomic<const Box*> box{nullptr};
  };

  // Slots are held for the copy of one pointer only, so a free one is near even with more threads than slots.
  Slot& Claim(const Box* box) const {
    size_t i = std::hash<std::thread::id>()(std::this_thread::get_id());
    while (true) {
      const Box* free = nullptr;
      if (slots_[i % slots_.size()].box.compare_exchange_strong(free, box)) return slots_[i % slots_.size()];
      ++i;
    }
  }

  std::atomic<const Box*> current_;
  mutable std::array<Slot, 64> slots_;
};

}  // namespace voisin::index
