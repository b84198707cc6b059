#include "clients/cli/eval_set.h"

#include <cmath>
#include <fstream>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "clients/cli/eval_tsv.h"
#include "clients/cli/json_value.h"
#include "clients/cli/status.h"

namespace voisin::cli {
namespace {

namespace fs = std::filesystem;

absl::string_view View(std::string_view text) { return {text.data(), text.size()}; }

absl::Status Wrong(std::string_view where, std::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat(View(where), ": ", View(what)));
}

// The string member `name` of an object; nothing when it may be absent, and is.
absl::StatusOr<std::string> StringMember(const Json& json, std::string_view name, bool needed) {
  const Json* member = json.Find(name);
  if (!needed && (member == nullptr || member->is_null())) return std::string();
  if (member != nullptr && member->string() != nullptr) return *member->string();
  return absl::InvalidArgumentError(absl::StrCat(View(name), ": expected a string, got ",
                                                 member == nullptr ? "nothing" : View(KindOf(*member))));
}

struct IdAndText {
  std::string id;
  std::string text;
};

absl::StatusOr<IdAndText> ParseIdAndText(const std::string& line) {
  ASSIGN_OR_RETURN(const Json json, ParseJson(line));
  if (json.object() == nullptr) {
    return absl::InvalidArgumentError(
        absl::StrCat("expected an object {\"_id\", \"title\", \"text\"}, got ", View(KindOf(json))));
  }
  IdAndText made;
  ASSIGN_OR_RETURN(made.id, StringMember(json, "_id", true));
  if (made.id.empty()) return absl::InvalidArgumentError("_id: expected characters, got an empty string");
  ASSIGN_OR_RETURN(const std::string title, StringMember(json, "title", false));
  ASSIGN_OR_RETURN(const std::string text, StringMember(json, "text", true));
  made.text = title.empty() || text.empty() ? title + text : title + " " + text;
  return made;
}

using Positions = std::unordered_map<std::string_view, size_t>;

Positions PositionsOf(const EvalTexts& texts) {
  Positions positions;
  for (size_t i = 0; i < texts.size(); ++i) positions.emplace(texts.ids[i], i);
  return positions;
}

absl::StatusOr<size_t> PositionOf(std::string_view id, const Positions& positions, std::string_view where,
                                  std::string_view file) {
  const auto found = positions.find(id);
  if (found != positions.end()) return found->second;
  return Wrong(where, absl::StrCat("\"", View(id), "\" is no _id of ", View(file)));
}

// Adds a judgment. The same one again is no harm; another one about the same document is.
absl::Status AddJudgment(Judgment judgment, std::string_view where, std::unordered_map<size_t, int>& grades,
                         std::vector<Judgment>& judgments) {
  const auto [known, fresh] = grades.emplace(judgment.document, judgment.grade);
  if (fresh) judgments.push_back(judgment);
  if (known->second == judgment.grade) return absl::OkStatus();
  return Wrong(where, absl::StrCat("score ", judgment.grade, " for a query and a document that have score ",
                                   known->second, " above"));
}

template <typename Read>
auto ReadFileBy(const fs::path& path, const Read& read) -> decltype(read(std::declval<std::istream&>())) {
  std::ifstream file(path, std::ios::binary);
  if (!file.is_open()) return absl::NotFoundError(path.string() + ": cannot be opened");
  auto made = read(file);
  if (file.bad()) return absl::DataLossError(path.string() + ": cannot be read to its end");
  if (!made.ok()) return Prefixed(path.string(), made.status());
  return made;
}

// Leaves only the queries that have a relevant document: the others say nothing about a ranking.
absl::Status KeepJudged(const fs::path& qrels, std::vector<std::vector<Judgment>> judgments,
                        RetrievalSet& set) {
  EvalTexts all = std::exchange(set.queries, {});
  for (size_t i = 0; i < all.size(); ++i) {
    const auto relevant = [](const Judgment& judgment) { return judgment.grade > 0; };
    if (std::ranges::none_of(judgments[i], relevant)) continue;
    set.queries.ids.push_back(std::move(all.ids[i]));
    set.queries.texts.push_back(std::move(all.texts[i]));
    set.judgments.push_back(std::move(judgments[i]));
  }
  if (set.queries.size() > 0) return absl::OkStatus();
  return absl::InvalidArgumentError(qrels.string() + ": expected a score above 0, got none");
}

absl::StatusOr<RetrievalSet> ReadRetrievalSet(const fs::path& directory) {
  RetrievalSet set;
  ASSIGN_OR_RETURN(set.documents, ReadFileBy(directory / "corpus.jsonl", ReadEvalTexts));
  ASSIGN_OR_RETURN(set.queries, ReadFileBy(directory / "queries.jsonl", ReadEvalTexts));
  const fs::path qrels = directory / "qrels.tsv";
  ASSIGN_OR_RETURN(auto judgments, ReadFileBy(qrels, [&](std::istream& in) {
                     return ReadJudgments(in, set.documents, set.queries);
                   }));
  RETURN_IF_ERROR(KeepJudged(qrels, std::move(judgments), set));
  return set;
}

std::string NameOf(const fs::path& directory) {
  std::error_code error;  // leaves the path empty, which is a name too
  const fs::path path = fs::absolute(directory, error).lexically_normal();
  return (path.has_filename() ? path : path.parent_path()).filename().string();
}

}  // namespace

absl::StatusOr<EvalTexts> ReadEvalTexts(std::istream& in) {
  EvalTexts texts;
  std::unordered_set<std::string> ids;
  for (LineReader lines(in); lines.Next();) {
    const std::string where = absl::StrCat("line ", lines.number());
    if (lines.too_long()) return Wrong(where, absl::StrCat("longer than ", kLongestRecord, " bytes"));
    if (lines.line().find_first_not_of(" \t") == std::string::npos) continue;
    absl::StatusOr<IdAndText> parsed = ParseIdAndText(lines.line());
    if (!parsed.ok()) return Prefixed(where, parsed.status());
    if (!ids.insert(parsed->id).second) return Wrong(where, "_id \"" + parsed->id + "\" is there twice");
    texts.ids.push_back(std::move(parsed->id));
    texts.texts.push_back(std::move(parsed->text));
  }
  if (texts.size() == 0) return absl::InvalidArgumentError("expected lines of JSON, got none");
  return texts;
}

absl::StatusOr<std::vector<std::vector<Judgment>>> ReadJudgments(std::istream& in, const EvalTexts& documents,
                                                                 const EvalTexts& queries) {
  const Positions document_positions = PositionsOf(documents);
  const Positions query_positions = PositionsOf(queries);
  std::vector<std::vector<Judgment>> judgments(queries.size());
  std::vector<std::unordered_map<size_t, int>> grades(queries.size());
  TsvReader rows(in);
  RETURN_IF_ERROR(rows.Open({"query-id", "corpus-id", "score"}));
  for (;;) {
    ASSIGN_OR_RETURN(const auto row, rows.Next());
    if (row.empty()) return judgments;
    ASSIGN_OR_RETURN(const size_t query, PositionOf(row[0], query_positions, rows.Where(), "queries.jsonl"));
    Judgment judgment;
    ASSIGN_OR_RETURN(judgment.document, PositionOf(row[1], document_positions, rows.Where(), "corpus.jsonl"));
    if (!absl::SimpleAtoi(View(row[2]), &judgment.grade)) {
      return Wrong(rows.Where(), absl::StrCat("score: expected a whole number, got \"", View(row[2]), "\""));
    }
    RETURN_IF_ERROR(AddJudgment(judgment, rows.Where(), grades[query], judgments[query]));
  }
}

absl::StatusOr<SimilaritySet> ReadSimilaritySet(std::istream& in) {
  SimilaritySet set;
  TsvReader rows(in);
  RETURN_IF_ERROR(rows.Open({"score", "sentence1", "sentence2"}));
  for (;;) {
    ASSIGN_OR_RETURN(const auto row, rows.Next());
    if (row.empty()) break;
    double gold = 0;
    if (!absl::SimpleAtod(View(row[0]), &gold) || !std::isfinite(gold)) {
      return Wrong(rows.Where(), absl::StrCat("score: expected a number, got \"", View(row[0]), "\""));
    }
    set.gold.push_back(gold);
    set.first.emplace_back(row[1]);
    set.second.emplace_back(row[2]);
  }
  if (set.size() == 0) return absl::InvalidArgumentError("expected pairs of sentences, got none");
  return set;
}

absl::StatusOr<EvalSet> ReadEvalSet(const fs::path& directory) {
  std::error_code error;
  if (!fs::is_directory(directory, error)) {
    return absl::NotFoundError(directory.string() + ": expected a directory");
  }
  EvalSet set{.name = NameOf(directory), .retrieval = {}, .similarity = {}};
  bool retrieval = false;
  for (const char* file : {"corpus.jsonl", "queries.jsonl", "qrels.tsv"}) {
    retrieval |= fs::exists(directory / file, error);
  }
  const bool similarity = fs::exists(directory / "sts.tsv", error);
  if (!retrieval && !similarity) {
    return absl::NotFoundError(directory.string() +
                               ": expected corpus.jsonl, queries.jsonl and qrels.tsv, or sts.tsv");
  }
  if (retrieval) {
    ASSIGN_OR_RETURN(set.retrieval, ReadRetrievalSet(directory));
  }
  if (similarity) {
    ASSIGN_OR_RETURN(set.similarity, ReadFileBy(directory / "sts.tsv", ReadSimilaritySet));
  }
  return set;
}

}  // namespace voisin::cli
