#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <random>
#include <span>
#include <string>
#include <vector>

// What files below one folder hold, as a program sees them and as a power loss leaves them.
namespace voisin::test {

using FileId = uint64_t;  // of a file or folder, whatever its names; 0: none
inline constexpr FileId kRootId = 1;

// One change, made by one system call.
struct DiskOp {
  enum class Kind {
    entry,     // `name` in folder `id` stands for `child` from now on; 0: for nothing
    rename,    // `from_name` of folder `from` becomes `name` of folder `id`
    write,     // `bytes` at `offset` of file `id`
    truncate,  // file `id` has `offset` bytes
    sync,      // what was done to `id` so far survives a power loss: bytes of a file, names in a folder
  };
  Kind kind = Kind::sync;
  FileId id = 0;
  std::string name = {};
  FileId child = 0;
  bool folder = false;  // what a new child is
  FileId from = 0;
  std::string from_name = {};
  uint64_t offset = 0;
  std::string bytes = {};
};

// A tree of files in memory. For one thread.
class DiskState {
 public:
  // What lies below `root` now; hard links become copies.
  static DiskState Load(const std::filesystem::path& root);

  // `path` is relative to the root; 0 when there is no such name.
  FileId Find(const std::filesystem::path& path) const;
  FileId NewId() { return next_id_++; }
  // Lets an id be known that an operation makes, whether or not its name stays.
  void Introduce(const DiskOp& op);
  void Apply(const DiskOp& op);
  void WriteTo(const std::filesystem::path& folder) const;

 private:
  struct Node {
    bool folder = false;
    std::string bytes = {};                      // of a file
    std::map<std::string, FileId> entries = {};  // of a folder
  };
  void LoadFolder(const std::filesystem::path& folder, FileId id);
  void WriteNode(const Node& node, const std::filesystem::path& to) const;

  FileId next_id_ = kRootId + 1;
  std::map<FileId, Node> nodes_ = {{kRootId, {.folder = true}}};
};

// `start`, all of it synced, after `ops` and then a loss of power. What was synced is there. Of what was not, each
// file and each folder keeps nothing, everything, or the first few changes; the last write may be torn, or the
// file's end be zeros.
DiskState AfterPowerLoss(const DiskState& start, std::span<const DiskOp> ops, std::mt19937_64& random);

}  // namespace voisin::test
