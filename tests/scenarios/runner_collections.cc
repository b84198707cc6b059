#include <algorithm>
#include <cmath>
#include <fstream>

#include "base/files.h"
#include "base/status_macros.h"
#include "tests/scenarios/runner.h"

// Commands about the service, its models and its collections.
namespace voisin::test {
namespace {

Outcome OneRow(Json row) {
  Outcome answer;
  answer.rows.push_back(std::move(row));
  return answer;
}

double NormOf(const std::vector<float>& values) {
  double sum = 0;
  for (const float value : values) sum += static_cast<double>(value) * value;
  return std::sqrt(sum);
}

Json FromEmbedding(const encoder::EncodedText& text) {
  return {{"dimensions", text.values.size()},
          {"norm", NormOf(text.values)},
          {"token_count", text.token_count},
          {"truncated", text.truncated},
          {"windows", text.windows},
          {"score", text.token_count},
          {"values", text.values}};
}

Json FromToken(const service::Token& token) {
  return {{"id", token.text}, {"row", token.id}, {"begin", token.span.begin}, {"end", token.span.end}};
}

// Another model of the same shape: the last weight differs.
absl::Status ChangeLastWeight(const std::filesystem::path& weights) {
  ASSIGN_OR_RETURN(std::string bytes, ReadFile(weights));
  bytes[bytes.size() - 2] = static_cast<char>(bytes[bytes.size() - 2] ^ 0x01);
  return WriteFileAtomically(weights, bytes);
}

absl::Status DamageWeights(const std::filesystem::path& weights, const std::string& how) {
  ASSIGN_OR_RETURN(std::string bytes, ReadFile(weights));
  if (how == "truncated") {
    bytes.resize(bytes.size() / 2);
  } else if (how == "lying") {
    std::fill_n(bytes.begin(), 7, '\xff');  // the length of the header, little-endian: far beyond the file
  } else {
    return absl::InvalidArgumentError("no damage is called " + how);
  }
  return WriteFileAtomically(weights, bytes);
}

}  // namespace

absl::StatusOr<Outcome> Runner::Restart() {
  RETURN_IF_ERROR(target_.Restart(Stop::clean));
  return Outcome();
}

absl::StatusOr<Outcome> Runner::Crash() {
  RETURN_IF_ERROR(target_.Restart(Stop::crash));
  return Outcome();
}

absl::StatusOr<Outcome> Runner::ModelAdd() {
  RETURN_IF_ERROR(CheckMembers(arguments_, {"like", "damage"}));
  const std::filesystem::path made = models_dir_ / Word(2);
  std::filesystem::copy(models_dir_ / arguments_.value("like", ""), made,
                        std::filesystem::copy_options::recursive);
  if (!arguments_.contains("damage")) return Outcome();
  RETURN_IF_ERROR(DamageWeights(made / "model.safetensors", arguments_["damage"].get<std::string>()));
  return Outcome();
}

absl::StatusOr<Outcome> Runner::ModelChange() {
  RETURN_IF_ERROR(ChangeLastWeight(models_dir_ / Word(2) / "model.safetensors"));
  return Outcome();
}

absl::StatusOr<Outcome> Runner::ModelList() {
  ASSIGN_OR_RETURN(const std::vector<service::ModelStatus> models, target_.ListModels());
  Outcome answer;
  for (const service::ModelStatus& model : models) {
    answer.rows.push_back({{"id", model.name},
                           {"dimensions", model.dimensions},
                           {"max_tokens", model.max_tokens},
                           {"pooling", model.pooling},
                           {"architecture", model.architecture},
                           {"fingerprint_digits", model.fingerprint.size()}});
  }
  return answer;
}

absl::StatusOr<Outcome> Runner::Embed() {
  RETURN_IF_ERROR(CheckMembers(arguments_, {"model", "texts", "dimensions", "normalize", "truncation"}));
  service::EmbedRequest request;
  request.model = arguments_.value("model", "");
  request.texts = arguments_.value("texts", std::vector<std::string>());
  request.dimensions = arguments_.value("dimensions", 0u);
  if (arguments_.contains("normalize")) request.normalize = arguments_["normalize"].get<bool>();
  ASSIGN_OR_RETURN(request.truncation, ToTruncation(arguments_));
  ASSIGN_OR_RETURN(const service::EmbedResult result, target_.Embed(std::move(request)));
  Outcome answer;
  for (const encoder::EncodedText& text : result.embeddings) answer.rows.push_back(FromEmbedding(text));
  const auto& texts = result.embeddings;
  answer.facts["model"] = result.model;
  answer.facts["all_equal"] = std::all_of(texts.begin(), texts.end(), [&](const encoder::EncodedText& text) {
    return JsonMatches(text.values, texts[0].values);
  });
  return answer;
}

absl::StatusOr<Outcome> Runner::Tokenize() {
  RETURN_IF_ERROR(CheckMembers(arguments_, {"model", "text", "add_special_tokens"}));
  service::TokenizeRequest request;
  request.model = arguments_.value("model", "");
  request.texts = {arguments_.value("text", "")};
  request.add_special_tokens = arguments_.value("add_special_tokens", true);
  ASSIGN_OR_RETURN(const std::vector<std::vector<service::Token>> tokens,
                   target_.Tokenize(std::move(request)));
  Outcome answer;
  for (const service::Token& token : tokens[0]) answer.rows.push_back(FromToken(token));
  return answer;
}

absl::StatusOr<Outcome> Runner::Similarity() {
  RETURN_IF_ERROR(CheckMembers(arguments_, {"model", "source", "targets"}));
  service::SimilarityRequest request;
  request.model = arguments_.value("model", "");
  request.source = arguments_.value("source", "");
  request.targets = arguments_.value("targets", std::vector<std::string>());
  ASSIGN_OR_RETURN(const std::vector<float> scores, target_.Similarity(std::move(request)));
  Outcome answer;
  for (const float score : scores) answer.rows.push_back({{"score", score}});
  answer.facts["descending"] = std::is_sorted(scores.begin(), scores.end(), std::greater_equal<float>());
  return answer;
}

absl::StatusOr<Outcome> Runner::CollectionCreate() {
  ASSIGN_OR_RETURN(service::CollectionSpec spec, ToSpec(Word(2), arguments_));
  ASSIGN_OR_RETURN(const service::CollectionInfo info, target_.CreateCollection(std::move(spec)));
  return OneRow(FromCollection(info));
}

absl::StatusOr<Outcome> Runner::CollectionDescribe() {
  ASSIGN_OR_RETURN(const service::CollectionInfo info, target_.GetCollection(Word(2)));
  return OneRow(FromCollection(info));
}

absl::StatusOr<Outcome> Runner::CollectionList() {
  ASSIGN_OR_RETURN(const std::vector<service::CollectionInfo> infos, target_.ListCollections());
  Outcome answer;
  for (const service::CollectionInfo& info : infos) answer.rows.push_back(FromCollection(info));
  return answer;
}

absl::StatusOr<Outcome> Runner::CollectionUpdate() {
  ASSIGN_OR_RETURN(const CollectionChange change, ToChange(arguments_));
  ASSIGN_OR_RETURN(const service::CollectionInfo info, target_.UpdateCollection(Word(2), change));
  return OneRow(FromCollection(info));
}

absl::StatusOr<Outcome> Runner::CollectionDelete() {
  RETURN_IF_ERROR(target_.DeleteCollection(Word(2)));
  return Outcome();
}

}  // namespace voisin::test
