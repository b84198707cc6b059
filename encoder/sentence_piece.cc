#include "encoder/sentence_piece.h"

#include <bit>
#include <cmath>
#include <unordered_set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "encoder/utf8.h"
#include "encoder/vocabulary_parts.h"
#include "encoder/wire_reader.h"

namespace voisin::encoder {
namespace {

using Piece = SentencePieceModel::Piece;
using Type = WireField::Type;

constexpr uint64_t kUnigram = 1;  // of TrainerSpec.ModelType

class ModelReader {
 public:
  ModelReader(std::string_view bytes, std::string_view name) : name_(name), file_(bytes, name) {}

  absl::StatusOr<SentencePieceModel> Read() {
    while (!file_.AtEnd()) {
      ASSIGN_OR_RETURN(const WireField field, file_.Next());
      RETURN_IF_ERROR(ReadPart(field));
    }
    if (!model_.pieces.empty()) return std::move(model_);
    return absl::InvalidArgumentError(std::string(name_) + " has no piece");
  }

 private:
  absl::Status ReadPart(const WireField& field) {
    if (field.number > 3) return absl::OkStatus();  // tests of itself, the way back to text
    RETURN_IF_ERROR(file_.Expect(field, Type::bytes));
    WireReader part = file_.Inside(field);
    if (field.number == 1) return ReadPiece(part);
    return field.number == 2 ? ReadTrainerSpec(part) : ReadNormalizerSpec(part);
  }

  absl::Status ReadPiece(WireReader& part) {
    Piece piece;
    while (!part.AtEnd()) {
      ASSIGN_OR_RETURN(const WireField field, part.Next());
      RETURN_IF_ERROR(ReadPieceField(part, field, piece));
    }
    RETURN_IF_ERROR(CheckPiece(piece));
    model_.pieces.push_back(std::move(piece));
    return absl::OkStatus();
  }

  static absl::Status ReadPieceField(const WireReader& part, const WireField& field, Piece& piece) {
    if (field.number == 1) {
      RETURN_IF_ERROR(part.Expect(field, Type::bytes));
      piece.text = field.bytes;
    } else if (field.number == 2) {
      RETURN_IF_ERROR(part.Expect(field, Type::fixed32));
      piece.score = std::bit_cast<float>(static_cast<uint32_t>(field.value));
    } else if (field.number == 3) {
      RETURN_IF_ERROR(part.Expect(field, Type::varint));
      if (field.value < 1 || field.value > 6)
        return part.Error(absl::StrCat("a piece has the type ", field.value, ", expected 1 to 6"));
      piece.type = static_cast<SentencePieceModel::Type>(field.value);
    }
    return absl::OkStatus();
  }

  absl::Status CheckPiece(const Piece& piece) {
    const size_t id = model_.pieces.size();
    const auto error = [&](const std::string& problem) {
      return file_.Error(absl::StrCat("piece ", id, " ", problem));
    };
    if (piece.text.empty()) return error("is empty");
    if (!CheckUtf8(piece.text).ok()) return error("is not UTF-8");
    if (piece.text.size() > kMaxPieceBytes)
      return error(absl::StrCat("has ", piece.text.size(), " bytes, expected at most ", kMaxPieceBytes));
    if (!std::isfinite(piece.score))
      return error(absl::StrCat("(", piece.text, ") has the score ", piece.score, ", expected a finite one"));
    if (!texts_.insert(piece.text).second) return error(absl::StrCat("(", piece.text, ") is there twice"));
    if (id >= static_cast<size_t>(kMaxTokens)) return error("is one too many");
    return absl::OkStatus();
  }

  absl::Status ReadTrainerSpec(WireReader& part) {
    while (!part.AtEnd()) {
      ASSIGN_OR_RETURN(const WireField field, part.Next());
      if (field.number == 3) {
        RETURN_IF_ERROR(part.Expect(field, Type::varint));
        if (field.value != kUnigram)
          return Unimplemented(absl::StrCat("model_type ", field.value, ", expected 1 (UNIGRAM)"));
      } else if (field.number == 24) {
        bool as_suffix = false;
        RETURN_IF_ERROR(ReadFlag(part, field, as_suffix));
        if (as_suffix) return Unimplemented("treat_whitespace_as_suffix");
      } else if (field.number == 35) {
        RETURN_IF_ERROR(ReadFlag(part, field, model_.byte_fallback));
      }
    }
    return absl::OkStatus();
  }

  absl::Status ReadNormalizerSpec(WireReader& part) {
    while (!part.AtEnd()) {
      ASSIGN_OR_RETURN(const WireField field, part.Next());
      if (field.number == 2) RETURN_IF_ERROR(ReadCharacterMap(part, field));
      if (field.number == 3) RETURN_IF_ERROR(ReadFlag(part, field, model_.add_dummy_prefix));
      if (field.number == 4) RETURN_IF_ERROR(ReadFlag(part, field, model_.remove_extra_whitespaces));
      if (field.number != 5) continue;
      bool escape = true;
      RETURN_IF_ERROR(ReadFlag(part, field, escape));
      if (!escape) return Unimplemented("escape_whitespaces false");
    }
    return absl::OkStatus();
  }

  absl::Status ReadCharacterMap(const WireReader& part, const WireField& field) {
    RETURN_IF_ERROR(part.Expect(field, Type::bytes));
    if (field.bytes.empty()) return absl::OkStatus();
    auto map = CharacterMap::Parse(field.bytes);
    if (!map.ok())
      return part.Error(absl::StrCat("precompiled_charsmap is no ", std::string(map.status().message())));
    model_.character_map = *std::move(map);
    return absl::OkStatus();
  }

  static absl::Status ReadFlag(const WireReader& part, const WireField& field, bool& flag) {
    RETURN_IF_ERROR(part.Expect(field, Type::varint));
    flag = field.value != 0;
    return absl::OkStatus();
  }

  absl::Status Unimplemented(const std::string& what) const {
    return absl::UnimplementedError(
        absl::StrCat(std::string(name_), " has ", what, ", which is not supported"));
  }

  std::string_view name_;
  WireReader file_;
  SentencePieceModel model_;
  std::unordered_set<std::string> texts_;
};

}  // namespace

absl::StatusOr<SentencePieceModel> ParseSentencePieceModel(std::string_view bytes, std::string_view name) {
  return ModelReader(bytes, name).Read();
}

}  // namespace voisin::encoder
