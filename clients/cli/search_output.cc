#include "clients/cli/search_output.h"

#include <algorithm>
#include <ostream>
#include <sstream>

#include "absl/strings/str_format.h"
#include "clients/cli/json_output.h"
#include "clients/cli/proto_json.h"
#include "clients/cli/table.h"
#include "clients/cli/utf8.h"

namespace voisin::cli {
namespace {

std::string_view PathName(v1::SearchPath path) {
  switch (path) {
    case v1::SEARCH_PATH_EXACT:
      return "exact";
    case v1::SEARCH_PATH_ANN:
      return "ann";
    case v1::SEARCH_PATH_FILTERED_EXACT:
      return "filtered_exact";
    case v1::SEARCH_PATH_FILTERED_ANN:
      return "filtered_ann";
    case v1::SEARCH_PATH_LEXICAL:
      return "lexical";
    default:  // a newer server's
      return "unspecified";
  }
}

std::string TimingsJson(const v1::Timings& timings) {
  JsonLine line;
  line.Number("tokenize_us", static_cast<double>(timings.tokenize_us()));
  line.Number("queue_us", static_cast<double>(timings.queue_us()));
  line.Number("encode_us", static_cast<double>(timings.encode_us()));
  line.Number("search_us", static_cast<double>(timings.search_us()));
  line.Number("fetch_us", static_cast<double>(timings.fetch_us()));
  line.Number("lexical_us", static_cast<double>(timings.lexical_us()));
  return line.str();
}

std::string SnippetJson(const v1::Snippet& snippet) {
  JsonList highlights;
  for (const v1::Snippet::Highlight& one : snippet.highlights()) {
    highlights.Add("[" + std::to_string(one.begin()) + "," + std::to_string(one.end()) + "]");
  }
  JsonLine line;
  line.Text("text", snippet.text()).Number("offset", snippet.offset());
  return line.Raw("highlights", highlights.str()).str();
}

std::string HitJson(const v1::Hit& hit) {
  JsonLine line;
  line.Text("id", hit.id()).Float("score", hit.score());
  line.Float("dense_score", hit.dense_score()).Float("lexical_score", hit.lexical_score());
  line.Number("dense_rank", hit.dense_rank()).Number("lexical_rank", hit.lexical_rank());
  line.Text("text", hit.document().text());
  line.Raw("metadata", ToText(FromStruct(hit.document().metadata())));
  if (hit.has_snippet()) line.Raw("snippet", SnippetJson(hit.snippet()));
  if (hit.has_group()) line.Raw("group", ToText(FromValue(hit.group())));
  return line.str();
}

std::string PackedJson(const v1::Packed& packed) {
  JsonList passages;
  for (const v1::Packed::Passage& passage : packed.passages()) {
    JsonLine line;
    line.Text("id", passage.id()).Text("text", passage.text());
    line.Number("offset", passage.offset()).Number("tokens", passage.tokens());
    passages.Add(line.str());
  }
  JsonLine line;
  return line.Raw("passages", passages.str()).Number("tokens", packed.tokens()).str();
}

// Whether words and meaning both had a say; else the one score tells all.
bool IsFused(const v1::SearchResponse& answer) {
  const auto has_words = [](const v1::Hit& hit) { return hit.lexical_score() > 0; };
  return answer.path() != v1::SEARCH_PATH_LEXICAL && std::ranges::any_of(answer.hits(), has_words);
}

std::vector<Table::Column> ColumnsOf(const SearchView& view, bool fused) {
  std::vector<Table::Column> columns = {{"rank", Table::Align::right}, {"score", Table::Align::right}};
  if (fused) {
    columns.push_back({"dense", Table::Align::right});
    columns.push_back({"lexical", Table::Align::right});
  }
  columns.push_back({"id", Table::Align::left, true});
  if (!view.group_by.empty()) columns.push_back({view.group_by, Table::Align::left, true});
  for (const std::string& field : view.fields) columns.push_back({field, Table::Align::left, true});
  if (!view.snippets) columns.push_back({"text", Table::Align::left, true});
  return columns;
}

std::vector<std::string> CellsOf(const SearchView& view, bool fused, int rank, const v1::Hit& hit) {
  std::vector<std::string> cells = {std::to_string(rank), absl::StrFormat("%.4f", hit.score())};
  if (fused) {
    cells.push_back(absl::StrFormat("%.4f", hit.dense_score()));
    cells.push_back(absl::StrFormat("%.4f", hit.lexical_score()));
  }
  cells.push_back(hit.id());
  if (!view.group_by.empty()) cells.push_back(CellOf(hit.group()));
  for (const std::string& field : view.fields) cells.push_back(CellOf(hit.document(), field));
  if (!view.snippets) cells.push_back(FirstLine(hit.document().text()));
  return cells;
}

// Printable, runs of white space as one space.
std::string OneLine(std::string_view text) {
  std::string line;
  for (const char c : Printable(text)) {
    if (c != ' ' || !line.ends_with(' ')) line += c;
  }
  return line;
}

void PrintPacked(const v1::Packed& packed, Console& console) {
  std::string id;
  for (const v1::Packed::Passage& passage : packed.passages()) {
    if (passage.id() != id)
      console.out << (id.empty() ? "" : "\n") << "[" << Printable(passage.id()) << "]\n";
    id = passage.id();
    std::istringstream lines(passage.text());
    for (std::string line; std::getline(lines, line);) console.out << Printable(line) << "\n";
  }
  console.err << packed.passages_size() << " passages, " << packed.tokens() << " tokens\n";
}

// `table` has a line of titles and one for each hit.
std::string WithSnippets(const std::string& table, const v1::SearchResponse& answer, bool terminal) {
  std::istringstream lines(table);
  std::string line, text;
  std::getline(lines, line);
  text += line + "\n";
  for (const v1::Hit& hit : answer.hits()) {
    std::getline(lines, line);
    text += line + "\n      " + HighlightedLine(hit.snippet(), terminal) + "\n";
  }
  return text;
}

}  // namespace

std::string SearchJson(const std::string& query, const v1::SearchResponse& answer) {
  JsonList hits;
  for (const v1::Hit& hit : answer.hits()) hits.Add(HitJson(hit));
  JsonLine line;
  line.Text("query", query).Raw("hits", hits.str()).Text("path", PathName(answer.path()));
  line.Number("scored", static_cast<double>(answer.scored())).Bool("underfilled", answer.underfilled());
  line.Text("next_page_token", answer.next_page_token());
  if (answer.has_packed()) line.Raw("packed", PackedJson(answer.packed()));
  return line.Raw("timings", TimingsJson(answer.timings())).str();
}

void PrintAnswer(const SearchView& view, const v1::SearchResponse& answer, Console& console) {
  if (answer.has_packed()) return PrintPacked(answer.packed(), console);
  const bool fused = IsFused(answer);
  Table table(ColumnsOf(view, fused));
  for (int i = 0; i < answer.hits_size(); ++i) table.Add(CellsOf(view, fused, i + 1, answer.hits(i)));
  if (table.empty()) {
    console.out << "no hits\n";
    return;
  }
  const std::string text = table.Render(console.width);
  console.out << (view.snippets ? WithSnippets(text, answer, console.width > 0) : text);
}

std::string HighlightedLine(const v1::Snippet& snippet, bool terminal) {
  const std::string_view text = snippet.text();
  std::string line;
  size_t at = 0;
  for (const v1::Snippet::Highlight& one : snippet.highlights()) {
    const size_t begin = std::clamp<size_t>(one.begin(), at, text.size());
    const size_t end = std::clamp<size_t>(one.end(), begin, text.size());
    line += OneLine(text.substr(at, begin - at));
    line += terminal ? "\x1b[1m" : "*";
    line += OneLine(text.substr(begin, end - begin));
    line += terminal ? "\x1b[0m" : "*";
    at = end;
  }
  return line + OneLine(text.substr(at));
}

}  // namespace voisin::cli
