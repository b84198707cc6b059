#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace voisin::cli {

// Rows in aligned columns, for people. Control characters in cells are made harmless.
class Table {
 public:
  enum class Align { left, right };
  struct Column {
    std::string title;
    Align align = Align::left;
    bool flexible = false;  // shrinks, and is cut with "…", when the row does not fit
  };

  explicit Table(std::vector<Column> columns);
  // As many cells as there are columns.
  void Add(std::vector<std::string> cells);
  bool empty() const { return rows_.empty(); }
  // Title line and rows, each ended by a newline, at most `width` columns wide where the flexible columns allow it;
  // 0: as wide as it gets.
  std::string Render(size_t width) const;

 private:
  std::vector<size_t> Widths(size_t limit) const;

  std::vector<Column> columns_;
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace voisin::cli
