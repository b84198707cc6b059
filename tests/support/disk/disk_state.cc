#include "tests/support/disk/disk_state.h"

#include <algorithm>
#include <fstream>
#include <sstream>

namespace voisin::test {
namespace {

namespace fs = std::filesystem;

std::string ReadAll(const fs::path& file) {
  std::ostringstream bytes;
  bytes << std::ifstream(file, std::ios::binary).rdbuf();
  return bytes.str();
}

using Pending = std::vector<const DiskOp*>;

// The write that the loss of power came in the middle of.
void Tear(const DiskOp& op, std::mt19937_64& random, DiskState& disk) {
  if (op.kind != DiskOp::Kind::write) return;
  DiskOp torn = op;
  if (random() % 4 == 0) {
    std::fill(torn.bytes.begin(), torn.bytes.end(), '\0');  // room was made, bytes did not arrive
  } else {
    torn.bytes.resize(random() % (torn.bytes.size() + 1));
  }
  disk.Apply(torn);
}

void KeepSome(const Pending& pending, std::mt19937_64& random, DiskState& disk) {
  size_t kept = pending.size();
  if (const uint64_t choice = random() % 3; choice < 2) kept = choice == 0 ? 0 : random() % kept;
  for (size_t i = 0; i < kept; ++i) disk.Apply(*pending[i]);
  if (kept < pending.size()) Tear(*pending[kept], random, disk);
}

}  // namespace

DiskState DiskState::Load(const fs::path& root) {
  DiskState disk;
  disk.LoadFolder(root, kRootId);
  return disk;
}

void DiskState::LoadFolder(const fs::path& folder, FileId id) {
  for (const auto& entry : fs::directory_iterator(folder)) {
    const FileId child = NewId();
    nodes_[id].entries[entry.path().filename().string()] = child;
    nodes_[child].folder = entry.is_directory();
    if (entry.is_directory()) {
      LoadFolder(entry.path(), child);
    } else {
      nodes_[child].bytes = ReadAll(entry.path());
    }
  }
}

FileId DiskState::Find(const fs::path& path) const {
  FileId id = kRootId;
  for (const fs::path& part : path.lexically_normal()) {
    if (part.empty() || part == ".") continue;
    const auto& entries = nodes_.at(id).entries;
    const auto found = entries.find(part.string());
    if (found == entries.end()) return 0;
    id = found->second;
  }
  return id;
}

void DiskState::Introduce(const DiskOp& op) {
  if (op.child == 0 || nodes_.contains(op.child)) return;
  nodes_[op.child].folder = op.folder;
  next_id_ = std::max(next_id_, op.child + 1);
}

void DiskState::Apply(const DiskOp& op) {
  Introduce(op);
  Node& node = nodes_.at(op.id);
  switch (op.kind) {
    case DiskOp::Kind::entry:
      if (op.child == 0) {
        node.entries.erase(op.name);
      } else {
        node.entries[op.name] = op.child;
      }
      return;
    case DiskOp::Kind::rename: {
      auto& from = nodes_.at(op.from).entries;
      if (const auto found = from.find(op.from_name); found != from.end() && found->second == op.child) {
        from.erase(found);
      }
      node.entries[op.name] = op.child;
      return;
    }
    case DiskOp::Kind::write:
      if (node.bytes.size() < op.offset + op.bytes.size()) node.bytes.resize(op.offset + op.bytes.size());
      node.bytes.replace(op.offset, op.bytes.size(), op.bytes);
      return;
    case DiskOp::Kind::truncate:
      node.bytes.resize(op.offset);
      return;
    case DiskOp::Kind::sync:
      return;
  }
}

void DiskState::WriteTo(const fs::path& folder) const { WriteNode(nodes_.at(kRootId), folder); }

void DiskState::WriteNode(const Node& node, const fs::path& to) const {
  if (!node.folder) {
    std::ofstream(to, std::ios::binary) << node.bytes;
    return;
  }
  fs::create_directories(to);
  for (const auto& [name, id] : node.entries) WriteNode(nodes_.at(id), to / name);
}

DiskState AfterPowerLoss(const DiskState& start, std::span<const DiskOp> ops, std::mt19937_64& random) {
  DiskState disk = start;
  std::map<FileId, Pending> pending;
  for (const DiskOp& op : ops) {
    disk.Introduce(op);
    if (op.kind != DiskOp::Kind::sync) {
      pending[op.id].push_back(&op);
      continue;
    }
    for (const DiskOp* done : pending[op.id]) disk.Apply(*done);
    pending.erase(op.id);
  }
  for (const auto& [id, changes] : pending) KeepSome(changes, random, disk);
  return disk;
}

}  // namespace voisin::test
