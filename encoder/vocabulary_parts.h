#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "encoder/json_fields.h"
#include "encoder/vocabulary.h"

namespace voisin::encoder {

// The readers of a tokenizer.json's parts, shared by vocabulary*.cc. Errors are as ParseTokenizerDefinition's.

constexpr int32_t kMaxTokens = 1 << 24;
constexpr size_t kMaxPieceBytes = 1024;

absl::StatusOr<ModelVocabulary> ReadModel(const JsonValue& model,
                                          const std::vector<AddedToken>& added_tokens);
absl::StatusOr<std::vector<AddedToken>> ReadAddedTokens(const JsonValue& added_tokens);
// Content and flags; the id is the caller's.
absl::StatusOr<AddedToken> ReadTokenContent(const JsonValue& entry);
// Added tokens stand for their own piece, or continue the ids of the pieces. Says what is wrong, or nothing.
std::string AddedTokenProblem(const TokenizerDefinition& definition);
// Each appends the steps of one part, or of a Sequence of them.
absl::Status ReadNormalizer(const JsonValue& normalizer, std::vector<NormalizerStep>& steps);
absl::Status ReadPreTokenizer(const JsonValue& pre_tokenizer, std::vector<PreTokenizerStep>& steps);
// Ids are below `token_count`.
absl::Status ReadPostProcessor(const JsonValue& post_processor, size_t token_count, PostProcessor& result);

// An object of pieces and their ids, without a hole but where an added token stands.
absl::StatusOr<std::vector<std::string>> ReadPieceIds(const JsonValue& vocab,
                                                      const std::vector<AddedToken>& added_tokens);

// The string field "type".
absl::StatusOr<std::string> ReadType(const JsonValue& object);
absl::Status UnknownType(const JsonValue& object, std::string_view type);
// Of at most kMaxPieceBytes; leaves `value` as it is when there is no such field or it is null.
absl::Status ReadOptionalPiece(const JsonValue& object, std::string_view key, std::string& value);
absl::StatusOr<int32_t> ReadId(const JsonValue& object, std::string_view key, size_t limit);
// Of at most kMaxPieceBytes.
absl::StatusOr<std::string> ReadPieceText(const JsonValue& text);

}  // namespace voisin::encoder
