#include "index/lexical_file.h"

#include "base/files.h"
#include "base/status_macros.h"
#include "index/section_file.h"

namespace voisin::index {
namespace {

constexpr uint32_t kVersion = 1;
constexpr size_t kSections[] = {10};

static_assert(sizeof(PostingList) == 16 && sizeof(PostingBlock) == 16 && sizeof(Impact) == 8,
              "on disk as in memory, without padding");

}  // namespace

absl::StatusOr<FileStamp> WriteLexicalFile(const std::filesystem::path& path, const LexicalView& view) {
  const SectionParts sections[] = {{AsBytes(view.ids)},
                                   {AsBytes(view.lengths)},
                                   {AsBytes(view.forward_ends)},
                                   {view.forward},
                                   {AsBytes(view.terms)},
                                   {AsBytes(view.postings.lists)},
                                   {AsBytes(view.postings.blocks)},
                                   {AsBytes(view.postings.impacts)},
                                   {AsBytes(view.postings.packed)},
                                   {view.postings.tails}};
  const SectionWriter writer(FileKind::lexical, kVersion, sections);
  RETURN_IF_ERROR(WriteFileAtomically(path, writer.parts()));
  return FileStamp{writer.file_size(), writer.table_checksum()};
}

absl::StatusOr<LexicalView> ParseLexicalFile(std::string_view file, FileStamp* stamp) {
  ASSIGN_OR_RETURN(const SectionFile parsed, ParseSections(file, FileKind::lexical, kSections));
  if (stamp != nullptr) *stamp = {file.size(), parsed.table_checksum};
  LexicalView view;
  ASSIGN_OR_RETURN(view.ids, AsArray<PointId>(parsed.sections[0]));
  ASSIGN_OR_RETURN(view.lengths, AsArray<uint32_t>(parsed.sections[1]));
  ASSIGN_OR_RETURN(view.forward_ends, AsArray<uint64_t>(parsed.sections[2]));
  view.forward = parsed.sections[3];
  ASSIGN_OR_RETURN(view.terms, AsArray<TermId>(parsed.sections[4]));
  ASSIGN_OR_RETURN(view.postings.lists, AsArray<PostingList>(parsed.sections[5]));
  ASSIGN_OR_RETURN(view.postings.blocks, AsArray<PostingBlock>(parsed.sections[6]));
  ASSIGN_OR_RETURN(view.postings.impacts, AsArray<Impact>(parsed.sections[7]));
  ASSIGN_OR_RETURN(view.postings.packed, AsArray<uint32_t>(parsed.sections[8]));
  view.postings.tails = parsed.sections[9];
  RETURN_IF_ERROR(CheckLexicalView(view));
  return view;
}

absl::StatusOr<std::shared_ptr<LexicalSegment>> LoadLexicalFile(const std::filesystem::path& path,
                                                                uint64_t number, const FileStamp& expected) {
  ASSIGN_OR_RETURN(MappedFile mapped, MappedFile::Open(path));
  auto file = std::make_shared<const MappedFile>(std::move(mapped));
  FileStamp found;
  ASSIGN_OR_RETURN(const LexicalView view, ParseLexicalFile(file->text(), &found));
  RETURN_IF_ERROR(CheckStamp(expected, found));
  return std::make_shared<LexicalSegment>(number, view, file);
}

}  // namespace voisin::index
