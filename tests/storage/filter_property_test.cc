// Random filters over random documents against an evaluator written from the language's description alone: it
// works on the tree that the text was written from, with its own rules for every comparison.
#include <gtest/gtest.h>

#include <cmath>
#include <memory>
#include <random>

#include "storage/filter.h"
#include "tests/storage/seed.h"

namespace voisin::storage {
namespace {

struct Operand {
  std::string spelled;  // as written in the filter
  std::string text;     // without quotes
  char type = 's';      // s: string, n: number, b: boolean, 0: null, t: timestamp, p: prefix, *: anything
  double number = 0;    // of n, b and t (order of the time)
};

const std::vector<Operand> kOperands = {
    {"1", "1", 'n', 1},
    {"-2.5", "-2.5", 'n', -2.5},
    {"3e0", "3e0", 'n', 3},
    {"true", "true", 'b', 1},
    {"false", "false", 'b', 0},
    {"null", "null", '0'},
    {"red", "red"},
    {"\"1\"", "1"},
    {"'green blue'", "green blue"},
    {"\"true\"", "true"},
    {"\"re*\"", "re", 'p'},
    {"2020-01-01T00:00:00Z", "2020-01-01T00:00:00Z", 't', 10},
    {"\"2020-01-01T01:00:00+02:00\"", "2020-01-01T01:00:00+02:00", 't', 9},
    {"*", "*", '*'},
};

struct Sampled {
  Value value;
  char type;
  double number = 0;
  std::string text;
};

const std::vector<Sampled> kScalars = {
    {Value{1.0}, 'n', 1, ""},
    {Value{-2.5}, 'n', -2.5, ""},
    {Value{7.0}, 'n', 7, ""},
    {Value{true}, 'b', 1, ""},
    {Value{false}, 'b', 0, ""},
    {Value{}, '0', 0, ""},
    {Value{"red"}, 's', 0, "red"},
    {Value{"red, green blue"}, 's', 0, "red, green blue"},
    {Value{"1"}, 's', 0, "1"},
    {Value{"2020-01-01T00:00:00Z"}, 't', 10, "2020-01-01T00:00:00Z"},
    {Value{"2019-12-31T23:00:00Z"}, 't', 9, "2019-12-31T23:00:00Z"},
};

const std::vector<std::string> kComparators = {"=", "!=", "<", "<=", ">", ">=", ":"};
const std::vector<std::string> kFields = {"a", "b", "c", "d", "o"};

struct Tree {
  enum class Kind { comparison, negation, all, any } kind = Kind::comparison;
  std::vector<Tree> children;
  std::string field, inner, comparator;
  Operand operand;
};

// What a document holds under a field, described apart from the Value.
struct Held {
  std::vector<Sampled> items;  // one, unless it is a list
  bool is_list = false;
  std::map<std::string, Sampled> inner;
  bool is_object = false;
};
using Holding = std::map<std::string, Held>;

bool OrderHolds(const std::string& comparator, double order) {
  if (comparator == "=") return order == 0;
  if (comparator == "!=") return order != 0;
  if (comparator == "<") return order < 0;
  if (comparator == "<=") return order <= 0;
  if (comparator == ">") return order > 0;
  return order >= 0;
}

bool IsText(char type) { return type == 's' || type == 't'; }

bool ScalarHolds(const Sampled& held, const std::string& comparator, const Operand& operand) {
  const bool unequal = comparator == "!=";
  switch (operand.type) {
    case '0':
      return (held.type == '0') != unequal;
    case '*':
      return IsText(held.type) && !unequal && comparator == "=";
    case 'p':
      if (!IsText(held.type)) return false;
      if (comparator == "=" || unequal) return (held.text.compare(0, 2, operand.text) == 0) != unequal;
      return OrderHolds(comparator, held.text.compare(operand.text + "*"));
    case 's':
      return IsText(held.type) && OrderHolds(comparator, held.text.compare(operand.text));
    default:
      return held.type == operand.type && OrderHolds(comparator, held.number - operand.number);
  }
}

bool IsWord(const std::string& text, const std::string& word) {
  // The words that the operands can name in the texts above.
  const std::string padded = " " + text + " ";
  return padded.find(" " + word + " ") != std::string::npos ||
         padded.find(" " + word + ", ") != std::string::npos;
}

bool HasHolds(const Held& held, const Operand& operand) {
  if (operand.type == '*') return true;
  const std::string spelled = operand.type == 'p' ? operand.text + "*" : operand.text;
  if (held.is_object) return held.inner.contains(spelled);
  for (const Sampled& item : held.items) {
    Operand plain = operand;
    if (operand.type == 'p') plain = {"", spelled};
    if (!held.is_list && IsText(item.type)) return IsWord(item.text, spelled);
    if (ScalarHolds(item, "=", plain)) return true;
  }
  return false;
}

bool ComparisonHolds(const Tree& tree, const Holding& holding) {
  const auto found = holding.find(tree.field);
  if (found == holding.end()) return false;
  Held held = found->second;
  if (!tree.inner.empty()) {
    const auto inner = held.inner.find(tree.inner);
    if (!held.is_object || inner == held.inner.end()) return false;
    held = {.items = {inner->second}, .is_list = false, .inner = {}, .is_object = false};
  }
  if (tree.comparator == ":") return HasHolds(held, tree.operand);
  const bool against_null = tree.operand.type == '0';
  if (held.is_list || held.is_object) return against_null && tree.comparator == "!=";
  return ScalarHolds(held.items[0], tree.comparator, tree.operand);
}

bool Holds(const Tree& tree, const Holding& holding) {
  bool any = false, all = true;
  for (const Tree& child : tree.children) {
    const bool one = Holds(child, holding);
    any = any || one;
    all = all && one;
  }
  switch (tree.kind) {
    case Tree::Kind::comparison:
      return ComparisonHolds(tree, holding);
    case Tree::Kind::negation:
      return !any;
    case Tree::Kind::all:
      return all;
    case Tree::Kind::any:
      return any;
  }
  return false;
}

class Generator {
 public:
  explicit Generator(uint64_t seed) : random_(seed) {}

  size_t Below(size_t bound) { return std::uniform_int_distribution<size_t>(0, bound - 1)(random_); }
  template <class T>
  const T& Pick(const std::vector<T>& from) {
    return from[Below(from.size())];
  }

  Tree MakeTree(int depth) {
    Tree tree;
    const size_t kind = depth == 0 ? 0 : Below(4);
    tree.kind = static_cast<Tree::Kind>(kind);
    if (kind == 0) return MakeComparison();
    const size_t children = tree.kind == Tree::Kind::negation ? 1 : 2 + Below(2);
    for (size_t i = 0; i < children; ++i) tree.children.push_back(MakeTree(depth - 1));
    return tree;
  }

  // The tree as text, with parentheses only where the language needs them, or by chance.
  std::string Write(const Tree& tree) {
    std::string text;
    switch (tree.kind) {
      case Tree::Kind::comparison:
        return tree.field + (tree.inner.empty() ? "" : "." + tree.inner) + Space() + tree.comparator +
               Space() + tree.operand.spelled;
      case Tree::Kind::negation:
        return (Below(2) == 0 ? "NOT " : "-") +
               Inside(tree.children[0], tree.children[0].kind != Tree::Kind::comparison);
      case Tree::Kind::all:
        for (const Tree& child : tree.children) {
          if (!text.empty()) text += Below(3) == 0 ? " " : " AND ";
          text += Inside(child, false);
        }
        return text;
      case Tree::Kind::any:
        for (const Tree& child : tree.children) {
          if (!text.empty()) text += " OR ";
          text += Inside(child, child.kind == Tree::Kind::all);
        }
        return text;
    }
    return text;
  }

  std::pair<Object, Holding> MakeDocument() {
    Object object;
    Holding holding;
    for (const std::string& field : kFields) {
      const size_t form = Below(6);
      if (form == 0) continue;
      Held held;
      held.is_list = form == 1;
      held.is_object = field == "o" && !held.is_list;
      if (held.is_object) {
        Object inner;
        for (const char* name : {"x", "red"}) {
          if (Below(2) == 0) continue;
          held.inner[name] = Pick(kScalars);
          inner[name] = held.inner[name].value;
        }
        object[field] = Value{inner};
      } else {
        const size_t count = held.is_list ? Below(4) : 1;
        for (size_t i = 0; i < count; ++i) held.items.push_back(Pick(kScalars));
        List list;
        for (const Sampled& item : held.items) list.push_back(item.value);
        object[field] = held.is_list ? Value{list} : held.items[0].value;
      }
      holding[field] = held;
    }
    return {object, holding};
  }

 private:
  std::string Space() { return Below(2) == 0 ? " " : ""; }

  std::string Inside(const Tree& tree, bool needed) {
    const std::string text = Write(tree);
    return needed || Below(5) == 0 ? "(" + text + ")" : text;
  }

  Tree MakeComparison() {
    Tree tree;
    tree.field = Pick(kFields);
    if (Below(4) == 0) tree.inner = Below(2) == 0 ? "x" : "red";
    tree.operand = Pick(kOperands);
    tree.comparator = Pick(kComparators);
    if (tree.operand.type == '0' || tree.operand.type == '*')
      tree.comparator = kComparators[Below(2) == 0 ? 0 : 6];
    if (tree.operand.type == '0' && Below(3) == 0) tree.comparator = "!=";
    return tree;
  }

  std::mt19937_64 random_;
};

TEST(FilterProperty, AgreesWithAReferenceOnRandomFilters) {
  Generator generator(TestSeed());
  int matched = 0;
  for (int round = 0; round < 5'000; ++round) {
    const Tree tree = generator.MakeTree(static_cast<int>(generator.Below(5)));
    const std::string text = generator.Write(tree);
    const auto filter = Filter::Parse(text);
    ASSERT_TRUE(filter.ok()) << text << "\n" << filter.status();
    for (int i = 0; i < 10; ++i) {
      const auto [object, holding] = generator.MakeDocument();
      ASSERT_EQ(filter->Matches(object), Holds(tree, holding)) << text;
      matched += filter->Matches(object);
    }
  }
  EXPECT_GT(matched, 5'000);
}

TEST(FilterProperty, DamagedFiltersNeverCrash) {
  Generator generator(TestSeed());
  const std::string bytes = "()\"'=<>!:,.-* \\aNOT1e\x80";
  for (int round = 0; round < 20'000; ++round) {
    std::string text = generator.Write(generator.MakeTree(3));
    const size_t at = generator.Below(text.size());
    text[at] = bytes[generator.Below(bytes.size())];
    const auto filter = Filter::Parse(text);
    EXPECT_TRUE(filter.ok() || filter.status().code() == absl::StatusCode::kInvalidArgument) << text;
  }
}

}  // namespace
}  // namespace voisin::storage
