#include "index/section_file.h"

#include <bit>
#include <cstring>

#include "base/files.h"
#include "base/status_macros.h"

namespace voisin::index {
namespace {

static_assert(std::endian::native == std::endian::little, "files are mapped as they lie");

constexpr std::string_view kMagic = "VOISINIX";
constexpr uint64_t kAlignment = 64;
constexpr char kZeros[kAlignment] = {};

struct Header {
  char magic[8];
  uint32_t version;
  uint32_t kind;
  uint32_t section_count;
  uint32_t reserved;
  uint64_t file_size;
  uint64_t table_checksum;
};
static_assert(sizeof(Header) == 40);

struct Entry {
  uint64_t offset;
  uint64_t length;
  uint64_t checksum;
};
static_assert(sizeof(Entry) == 24);

uint64_t Align(uint64_t offset) { return (offset + kAlignment - 1) / kAlignment * kAlignment; }

absl::Status Wrong(const std::string& what, uint64_t expected, uint64_t found) {
  return absl::DataLossError(what + ": expected " + std::to_string(expected) + ", found " +
                             std::to_string(found));
}

uint64_t SizeOf(const SectionParts& section) {
  uint64_t size = 0;
  for (const std::string_view part : section) size += part.size();
  return size;
}

uint64_t TableChecksum(std::string_view head) {
  std::string covered(head.substr(0, offsetof(Header, table_checksum)));
  covered += head.substr(sizeof(Header));
  return Checksum(covered);
}

absl::StatusOr<Header> ParseHeader(std::string_view file, FileKind kind,
                                   std::span<const size_t> section_counts) {
  if (file.size() < sizeof(Header)) return Wrong("file of bytes at least", sizeof(Header), file.size());
  Header header;
  std::memcpy(&header, file.data(), sizeof(Header));
  if (std::string_view(header.magic, sizeof(header.magic)) != kMagic) {
    return absl::DataLossError("not an index file: it does not begin with VOISINIX");
  }
  if (header.version > section_counts.size()) {
    return absl::UnimplementedError("index file of version " + std::to_string(header.version) +
                                    ": this program reads up to version " +
                                    std::to_string(section_counts.size()));
  }
  if (header.version == 0) return Wrong("version of at least", 1, 0);
  if (header.kind != static_cast<uint32_t>(kind))
    return Wrong("kind", static_cast<uint32_t>(kind), header.kind);
  const size_t section_count = section_counts[header.version - 1];
  if (header.section_count != section_count) return Wrong("sections", section_count, header.section_count);
  if (header.file_size != file.size()) return Wrong("file size", header.file_size, file.size());
  const uint64_t head_size = sizeof(Header) + section_count * sizeof(Entry);
  if (file.size() < head_size) return Wrong("file of bytes at least", head_size, file.size());
  const uint64_t checksum = TableChecksum(file.substr(0, head_size));
  if (header.table_checksum != checksum) return Wrong("table checksum", header.table_checksum, checksum);
  return header;
}

absl::StatusOr<std::string_view> ParseSection(std::string_view file, const Entry& entry) {
  if (entry.offset > file.size() || entry.length > file.size() - entry.offset) {
    return absl::DataLossError("section of " + std::to_string(entry.length) + " bytes at " +
                               std::to_string(entry.offset) + " leaves the file of " +
                               std::to_string(file.size()));
  }
  const std::string_view section = file.substr(entry.offset, entry.length);
  if (Checksum(section) != entry.checksum)
    return Wrong("section checksum", entry.checksum, Checksum(section));
  return section;
}

}  // namespace

absl::StatusOr<SectionFile> ParseSections(std::string_view file, FileKind kind,
                                          std::span<const size_t> section_counts) {
  ASSIGN_OR_RETURN(const Header header, ParseHeader(file, kind, section_counts));
  SectionFile parsed{header.version, header.table_checksum, {}};
  for (size_t i = 0; i < header.section_count; ++i) {
    Entry entry;
    std::memcpy(&entry, file.data() + sizeof(Header) + i * sizeof(Entry), sizeof(Entry));
    ASSIGN_OR_RETURN(std::string_view section, ParseSection(file, entry));
    parsed.sections.push_back(section);
  }
  return parsed;
}

SectionWriter::SectionWriter(FileKind kind, uint32_t version, std::span<const SectionParts> sections) {
  std::vector<Entry> entries;
  uint64_t end = sizeof(Header) + sections.size() * sizeof(Entry);
  for (const SectionParts& section : sections) {
    entries.push_back({Align(end), SizeOf(section), Checksum(section)});
    end = Align(end) + entries.back().length;
  }
  file_size_ = end;
  Header header{};
  header.version = version;
  header.kind = static_cast<uint32_t>(kind);
  header.section_count = static_cast<uint32_t>(sections.size());
  header.file_size = file_size_;
  kMagic.copy(header.magic, sizeof(header.magic));
  head_.assign(reinterpret_cast<const char*>(&header), sizeof(header));
  head_ += AsBytes(std::span<const Entry>(entries));
  table_checksum_ = TableChecksum(head_);
  std::memcpy(head_.data() + offsetof(Header, table_checksum), &table_checksum_, sizeof(table_checksum_));
  parts_.push_back(head_);
  end = head_.size();
  for (size_t i = 0; i < sections.size(); ++i) {
    parts_.push_back({kZeros, entries[i].offset - end});
    parts_.insert(parts_.end(), sections[i].begin(), sections[i].end());
    end = entries[i].offset + entries[i].length;
  }
}

}  // namespace voisin::index
