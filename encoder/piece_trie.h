#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace voisin::encoder {

// Byte strings and their ids in a double-array trie: one table look-up per byte. Immutable after Build;
// thread-safe.
class PieceTrie {
 public:
  static constexpr uint32_t kRoot = 0;
  static constexpr uint32_t kNone = 0xffffffff;

  // Of equal keys the one with the greatest id stays; empty keys are left out.
  struct Key {
    std::string bytes;
    int32_t id = 0;
  };
  static PieceTrie Build(std::vector<Key> keys);
  // Each piece with its index as id.
  static PieceTrie Of(const std::vector<std::string>& pieces);

  // The node that `byte` leads to, or kNone.
  uint32_t Next(uint32_t node, unsigned char byte) const {
    const uint32_t child = nodes_[node].base ^ byte;
    return nodes_[child].parent == node ? child : kNone;
  }
  // The id of the key that ends in `node`, or -1.
  int32_t id(uint32_t node) const { return nodes_[node].id; }
  // The id of `bytes`, or -1.
  int32_t Find(std::string_view bytes) const;

 private:
  friend class PieceTrieBuilder;
  struct Node {
    uint32_t base = 0;        // child by byte b: base ^ b
    uint32_t parent = kNone;  // kNone: free
    int32_t id = -1;
  };

  std::vector<Node> nodes_;
};

}  // namespace voisin::encoder
