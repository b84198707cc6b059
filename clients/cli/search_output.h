#pragma once

#include <string>
#include <vector>

#include "clients/cli/console.h"
#include "voisin/v1/search.pb.h"

namespace voisin::cli {

// What people see of an answer.
struct SearchView {
  std::string group_by;             // its column; empty: none
  std::vector<std::string> fields;  // metadata, a column each
  bool snippets = false;            // a passage below each hit instead of the beginning of its text
};

// One JSON line, without the newline; `query` says what was looked for.
std::string SearchJson(const std::string& query, const v1::SearchResponse& answer);
// A table of hits; or of a packed answer its passages, each below the id of its document.
void PrintAnswer(const SearchView& view, const v1::SearchResponse& answer, Console& console);

// A passage on one line: what is highlighted in bold for a terminal, else between asterisks.
std::string HighlightedLine(const v1::Snippet& snippet, bool terminal);

}  // namespace voisin::cli
