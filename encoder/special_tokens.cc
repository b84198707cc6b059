#include "encoder/special_tokens.h"

#include <algorithm>
#include <unordered_map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "encoder/vocabulary_parts.h"

namespace voisin::encoder {
namespace {

class Adder {
 public:
  Adder(const TokenizerSettings& settings, const SpecialTokenNames& names, std::string_view name,
        TokenizerDefinition& definition)
      : settings_(settings), names_(names), name_(name), definition_(definition) {
    const std::vector<std::string>& pieces = PiecesOf(definition.model);
    for (size_t id = 0; id < pieces.size(); ++id) ids_.emplace(pieces[id], static_cast<int32_t>(id));
    next_id_ = static_cast<int32_t>(pieces.size());
  }

  absl::StatusOr<SpecialTokenIds> Add() {
    AddFreeTokens();
    SpecialTokenIds ids;
    ASSIGN_OR_RETURN(ids.cls, AddRole("cls_token", names_.cls, true));
    ASSIGN_OR_RETURN(ids.sep, AddRole("sep_token", names_.sep, true));
    ASSIGN_OR_RETURN(ids.unk, AddRole("unk_token", names_.unk, true));
    for (const auto& [role, usual] :
         {std::pair("pad_token", names_.pad), std::pair("mask_token", names_.mask),
          std::pair("bos_token", names_.cls), std::pair("eos_token", names_.sep)}) {
      RETURN_IF_ERROR(AddRole(role, usual, false).status());
    }
    const std::string problem = AddedTokenProblem(definition_);
    if (!problem.empty()) return Error("the list of added tokens beside it " + problem);
    return ids;
  }

 private:
  // Those that `definition` has already, and those of the settings.
  void AddFreeTokens() {
    std::vector<AddedToken> tokens = std::exchange(definition_.added_tokens, {});
    tokens.insert(tokens.end(), settings_.added_tokens.begin(), settings_.added_tokens.end());
    for (const AddedToken& token : tokens) next_id_ = std::max(next_id_, token.id + 1);
    for (AddedToken& token : tokens) AddToken(std::move(token));
  }

  void AddToken(AddedToken token) {
    if (token.content.empty() || added_.contains(token.content)) return;
    if (token.id < 0) {
      const auto piece = ids_.find(token.content);
      token.id = piece != ids_.end() ? piece->second : next_id_++;
    }
    added_.emplace(token.content, token.id);
    definition_.added_tokens.push_back(std::move(token));
  }

  // The id of the token of `role`; -1 where it may be missing and is.
  absl::StatusOr<int32_t> AddRole(const std::string& role, std::string_view usual, bool required) {
    const auto named = settings_.special_tokens.find(role);
    const bool is_named = named != settings_.special_tokens.end();
    AddedToken token = is_named ? named->second : AddedToken{.id = -1, .content = std::string(usual)};
    if (role == "mask_token" && !settings_.mask_has_flags) token.lstrip = names_.mask_takes_space;
    const bool known = ids_.contains(token.content) || added_.contains(token.content);
    if (!known && (required || is_named))
      return Error(absl::StrCat("lacks \"", token.content, "\", the ", role));
    if (!known) return -1;
    const std::string content = token.content;
    AddToken(std::move(token));
    return added_.at(content);
  }

  absl::Status Error(const std::string& problem) const {
    return absl::InvalidArgumentError(absl::StrCat(std::string(name_), ": ", problem));
  }

  const TokenizerSettings& settings_;
  const SpecialTokenNames& names_;
  std::string_view name_;
  TokenizerDefinition& definition_;
  std::unordered_map<std::string, int32_t> ids_;    // of the pieces
  std::unordered_map<std::string, int32_t> added_;  // of the tokens added so far
  int32_t next_id_ = 0;
};

}  // namespace

absl::StatusOr<SpecialTokenIds> AddSpecialTokens(const TokenizerSettings& settings,
                                                 const SpecialTokenNames& names, std::string_view name,
                                                 TokenizerDefinition& definition) {
  return Adder(settings, names, name, definition).Add();
}

}  // namespace voisin::encoder
