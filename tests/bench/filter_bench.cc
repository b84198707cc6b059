// What a filter costs: from its text to the set of points, over the metadata of the Debian packages, beside a scan of
// all documents; and what writing documents costs with their postings.
//
//   filter_bench FILE      JSON Lines with a member "metadata" each
//
// Prints one JSON object a line. Each set is checked against Filter::Matches on every document.

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <future>
#include <random>
#include <string>

#include "absl/strings/str_format.h"
#include "nlohmann/json.hpp"
#include "storage/document_store.h"
#include "tests/support/scratch_dir.h"

namespace voisin::storage {
namespace {

using Json = nlohmann::json;

constexpr size_t kBatch = 100;
constexpr size_t kDimensions = 384;
constexpr int kRounds = 101;

struct Case {
  std::string name;
  std::string filter;
};

const std::vector<Case> kCases = {
    {"all: priority:*", "priority:*"},
    {"half: NOT section = doc AND homepage:*", "NOT section = \"doc\" AND homepage:*"},
    {"10 %: section = python OR section = perl", "section = \"python\" OR section = \"perl\""},
    {"1 %: section = fonts", "section = \"fonts\""},
    {"one: homepage = ...", "homepage = \"https://www.gnu.org/software/hello/\""},
    {"range: installed_size > 10000", "installed_size > 10000"},
    {"five leaves",
     "(section = \"net\" OR section = \"web\") AND installed_size >= 100 AND installed_size < 5000 AND NOT "
     "priority = "
     "\"standard\""},
    {"word: homepage:github", "homepage:github"},
};

double Seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

void Print(const std::string& name, double value, const char* unit, double peer_value, const char* peer,
           bool checked) {
  const std::string ratio = peer_value > 0 ? absl::StrFormat("%.4f", peer_value / value) : "null";
  const std::string quoted = peer_value > 0 ? absl::StrFormat("\"%s\"", peer) : "null";
  absl::PrintF(
      "{\"bench\":\"filter\",\"case\":%s,\"threads\":1,\"value\":%.4f,\"unit\":\"%s\",\"peer\":%s,"
      "\"peer_value\":%s,\"ratio\":%s,\"recall\":null,\"checked\":%s}\n",
      Json(name).dump(), value, unit, quoted, peer_value > 0 ? absl::StrFormat("%.4f", peer_value) : "null",
      ratio, checked ? "true" : "false");
  std::fflush(stdout);
}

[[noreturn]] void Fail(const std::string& what) {
  (void)std::fprintf(stderr, "filter_bench: %s\n", what.c_str());
  std::exit(1);
}

template <class T>
T Must(absl::StatusOr<T> result) {
  if (!result.ok()) Fail(result.status().ToString());
  return *std::move(result);
}

Value ToValue(const Json& json) {
  if (json.is_string()) return Value{json.get<std::string>()};
  if (json.is_number()) return Value{json.get<double>()};
  if (json.is_boolean()) return Value{json.get<bool>()};
  return Value{};
}

std::vector<Document> ReadDocuments(const char* file) {
  std::vector<Document> documents;
  std::mt19937 random(7);
  std::normal_distribution<float> normal;
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);) {
    const Json json = Json::parse(line);
    Document document;
    document.id = json.at("id").get<std::string>();
    document.text = json.at("text").get<std::string>();
    for (const auto& [name, value] : json.at("metadata").items()) document.metadata[name] = ToValue(value);
    document.vector.resize(kDimensions);
    for (float& x : document.vector) x = normal(random);
    documents.push_back(std::move(document));
  }
  if (documents.empty()) Fail(std::string("no documents in ") + file);
  return documents;
}

class Bench {
 public:
  explicit Bench(std::vector<Document> documents) : documents_(std::move(documents)) {
    Open();
    collection_ =
        Must(store_->CreateCollection({.number = 0, .id = "c", .definition = "", .create_time_us = 0}))
            .number;
  }

  void Run() {
    Write("upsert, new documents");
    Write("upsert, the same documents again");
    for (const Case& one : kCases) Measure(one);
    MeasureChangingRange();
  }

 private:
  void Open() {
    store_.reset();
    store_ = Must(DocumentStore::Open({.directory = scratch_.path(), .clock_us = {}}));
  }

  void Append(size_t from) {
    Entry entry;
    entry.collection = collection_;
    const size_t to = std::min(from + kBatch, documents_.size());
    entry.upserts.assign(documents_.begin() + static_cast<ptrdiff_t>(from),
                         documents_.begin() + static_cast<ptrdiff_t>(to));
    std::promise<absl::StatusOr<Applied>> done;
    const absl::Status queued = store_->Append(std::move(entry), [&](Entry, absl::StatusOr<Applied> applied) {
      done.set_value(std::move(applied));
    });
    if (!queued.ok()) Fail(queued.ToString());
    (void)Must(done.get_future().get());
  }

  void Write(const std::string& name) {
    const double start = Seconds();
    for (size_t from = 0; from < documents_.size(); from += kBatch) Append(from);
    Print(name, static_cast<double>(documents_.size()) / (Seconds() - start), "documents/s", 0, "", true);
  }

  double TimeOf(const Filter& filter, uint64_t* points) {
    const double start = Seconds();
    const FilterMatch match = Must(store_->Match(collection_, filter, 1));
    *points = match.points.size();
    return (Seconds() - start) * 1e3;
  }

  void Measure(const Case& one) {
    const Filter filter = Must(Filter::Parse(one.filter));
    const auto expected = static_cast<uint64_t>(std::ranges::count_if(
        documents_, [&](const Document& document) { return filter.Matches(document.metadata); }));
    Open();
    uint64_t points = 0;
    const double cold = TimeOf(filter, &points);
    bool checked = points == expected;
    std::vector<double> warm;
    for (int i = 0; i < kRounds; ++i) {
      warm.push_back(TimeOf(filter, &points));
      checked = checked && points == expected;
    }
    std::ranges::nth_element(warm, warm.begin() + kRounds / 2);
    const double scan = TimeOfScan(filter);
    const std::string name = absl::StrFormat("%s (%d)", one.name, expected);
    Print(name + ", cold", cold, "ms", scan, "scan of all documents", checked);
    Print(name + ", warm", warm[kRounds / 2], "ms", scan, "scan of all documents", checked);
  }

  double TimeOfScan(const Filter& filter) {
    constexpr ReadMask kMetadata{.text = false, .metadata = true, .vector = false};
    const double start = Seconds();
    uint64_t found = 0;
    const ListPage all = Must(store_->List(collection_, Filter(), "", documents_.size() + 1, kMetadata));
    for (const StoredDocument& stored : all.documents)
      found += filter.Matches(stored.document.metadata) ? 1 : 0;
    if (found > all.documents.size()) Fail("more matches than documents");
    return (Seconds() - start) * 1e3;
  }

  // Another literal each time, so that no set is kept for it.
  void MeasureChangingRange() {
    std::vector<double> times;
    uint64_t points = 0;
    for (int i = 0; i < kRounds; ++i) {
      const Filter filter = Must(Filter::Parse(absl::StrFormat("installed_size < %d", 100 * i + 50)));
      times.push_back(TimeOf(filter, &points));
    }
    std::ranges::nth_element(times, times.begin() + kRounds / 2);
    Print("range with another literal each time", times[kRounds / 2], "ms", 0, "", true);
  }

  const std::vector<Document> documents_;
  test::ScratchDir scratch_;
  std::unique_ptr<DocumentStore> store_;
  CollectionNumber collection_ = 0;
};

}  // namespace
}  // namespace voisin::storage

int main(int argc, char** argv) {
  if (argc != 2) return 77;
  voisin::storage::Bench(voisin::storage::ReadDocuments(argv[1])).Run();
  return 0;
}
