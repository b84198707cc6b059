#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "encoder/character_map.h"

namespace voisin::encoder {

// The Unigram model of SentencePiece (sentencepiece_model.proto; Kudo and Richardson, 2018).
struct SentencePieceModel {
  // As in the file.
  enum class Type { normal = 1, unknown = 2, control = 3, user_defined = 4, unused = 5, byte = 6 };
  struct Piece {
    std::string text;
    double score = 0;
    Type type = Type::normal;
  };
  std::vector<Piece> pieces;  // the index is SentencePiece's id
  bool byte_fallback = false;
  std::shared_ptr<const CharacterMap> character_map;  // null: text stays as it is
  bool add_dummy_prefix = true;
  bool remove_extra_whitespaces = true;
};

// The bytes of a .model file. InvalidArgument says `name`, the byte, what was expected and what came; Unimplemented that the
// model is of another kind, or asks for something that we do not do.
absl::StatusOr<SentencePieceModel> ParseSentencePieceModel(std::string_view bytes, std::string_view name);

}  // namespace voisin::encoder
