#include "clients/cli/table.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "clients/cli/utf8.h"

namespace voisin::cli {
namespace {

constexpr size_t kGap = 2;
constexpr size_t kNarrowest = 8;  // of a flexible column

std::string Pad(const std::string& cell, size_t width, Table::Align align) {
  const std::string shown = CutToWidth(cell, width);
  const std::string blank(width - std::min(width, DisplayWidth(shown)), ' ');
  return align == Table::Align::left ? shown + blank : blank + shown;
}

}  // namespace

Table::Table(std::vector<Column> columns) : columns_(std::move(columns)) {}

void Table::Add(std::vector<std::string> cells) {
  for (std::string& cell : cells) cell = Printable(cell);
  cells.resize(columns_.size());
  rows_.push_back(std::move(cells));
}

std::vector<size_t> Table::Widths(size_t limit) const {
  std::vector<size_t> widths;
  for (size_t i = 0; i < columns_.size(); ++i) {
    size_t width = DisplayWidth(columns_[i].title);
    for (const auto& row : rows_) width = std::max(width, DisplayWidth(row[i]));
    widths.push_back(width);
  }
  size_t total =
      std::accumulate(widths.begin(), widths.end(), kGap * (widths.empty() ? 0 : widths.size() - 1));
  // Takes from the last flexible column first: the first ones are names.
  for (size_t i = columns_.size(); limit > 0 && total > limit && i-- > 0;) {
    if (!columns_[i].flexible) continue;
    const size_t narrowest = std::min(widths[i], kNarrowest);
    const size_t taken = std::min(total - limit, widths[i] - narrowest);
    widths[i] -= taken;
    total -= taken;
  }
  return widths;
}

std::string Table::Render(size_t width) const {
  const std::vector<size_t> widths = Widths(width);
  std::string text;
  auto add_row = [&](auto cell_of) {
    std::string line;
    for (size_t i = 0; i < columns_.size(); ++i) {
      if (i > 0) line.append(kGap, ' ');
      line += Pad(cell_of(i), widths[i], columns_[i].align);
    }
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + "\n";
  };
  add_row([&](size_t i) { return columns_[i].title; });
  for (const auto& row : rows_) add_row([&](size_t i) { return row[i]; });
  return text;
}

}  // namespace voisin::cli
