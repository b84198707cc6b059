// Durable upserts of documents with vectors over gRPC, beside RocksDB that takes the same bytes alone, and what
// they do to searches meanwhile.
//
//   ingest_bench ADDRESS COLLECTION SEARCHED DIRECTORY
//
// The collection is empty and has no model; SEARCHED is another one, at rest, whose searches are timed; DIRECTORY is new
// and takes the peer's database. A document goes to the peer as one row; a request is one batch, synced, as a request to
// voisin is.

#include <rocksdb/db.h>

#include <atomic>
#include <functional>
#include <iostream>
#include <random>
#include <thread>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "clients/cli/bench_queries.h"
#include "clients/cli/load.h"
#include "tests/bench/bench_line.h"

namespace voisin::bench {
namespace {

constexpr int kRounds = 3;
constexpr double kSeconds = 2;
constexpr uint32_t kBigBatch = 100;
constexpr uint32_t kStreams = 4;

using Request = v1::UpsertDocumentsRequest;

// Requests with documents that no other request of this run has, and how many of them voisin acknowledged.
class Requests {
 public:
  Requests(std::string collection, uint32_t dimensions) : collection_(std::move(collection)) {
    std::mt19937 random(7);
    std::normal_distribution<float> normal;
    for (float& value : noise_) value = normal(random);
    dimensions_ = static_cast<int>(dimensions);
  }

  Request Next(uint32_t documents) const {
    Request request;
    request.set_collection(collection_);
    for (uint32_t i = 0; i < documents; ++i) Fill(next_++, *request.add_documents());
    return request;
  }

  void Acknowledge(uint64_t documents) const { acknowledged_ += documents; }
  uint64_t acknowledged() const { return acknowledged_; }

 private:
  void Fill(uint64_t number, v1::Document& document) const {
    document.set_id(absl::StrCat("document-", number));
    document.set_text(absl::StrCat("number ", number, kText));
    (*document.mutable_metadata()->mutable_fields())["section"].set_string_value("net");
    (*document.mutable_metadata()->mutable_fields())["year"].set_number_value(double(2000 + number % 25));
    // A window of the noise, moved by the number: no two are equal.
    const float* const from = noise_.data() + number * 7919 % (noise_.size() - size_t(dimensions_));
    document.mutable_vector()->Add(from, from + dimensions_);
    document.set_vector(0, document.vector(0) + static_cast<float>(number) * 1e-6f);
  }

  static constexpr char kText[] =
      ": a text as long as those that people store beside their vectors, which is two or three sentences of "
      "ordinary words. It is here so that a row weighs what rows weigh.";
  const std::string collection_;
  int dimensions_ = 0;
  std::vector<float> noise_ = std::vector<float>(1 << 20);
  mutable std::atomic<uint64_t> next_ = 0;
  mutable std::atomic<uint64_t> acknowledged_ = 0;
};

struct Shape {
  std::string_view name;
  uint32_t callers = 1;
  uint32_t batch = 1;
};

absl::StatusOr<double> DocumentsPerSecond(const Shape& shape, const std::function<absl::Status()>& call) {
  ASSIGN_OR_RETURN(const cli::LoadResult result, cli::RunLoad({.clients = shape.callers, .seconds = kSeconds},
                                                              [&](uint64_t) { return call(); }));
  return result.PerSecond() * shape.batch;
}

absl::StatusOr<std::unique_ptr<rocksdb::DB>> OpenPeer(const std::string& directory) {
  rocksdb::Options options;
  options.create_if_missing = true;
  rocksdb::DB* db = nullptr;
  const rocksdb::Status opened = rocksdb::DB::Open(options, directory, &db);
  if (!opened.ok()) return absl::UnavailableError(opened.ToString());
  return std::unique_ptr<rocksdb::DB>(db);
}

absl::Status PutInPeer(rocksdb::DB& db, const Request& request) {
  rocksdb::WriteBatch batch;
  for (const v1::Document& document : request.documents())
    batch.Put(document.id(), document.SerializeAsString());
  rocksdb::WriteOptions options;
  options.sync = true;
  const rocksdb::Status written = db.Write(options, &batch);
  return written.ok() ? absl::OkStatus() : absl::UnavailableError(written.ToString());
}

absl::Status Upsert(client::Client& client, const Requests& requests, uint32_t batch) {
  ASSIGN_OR_RETURN(const v1::UpsertDocumentsResponse answer, client.UpsertDocuments(requests.Next(batch)));
  requests.Acknowledge(answer.upserted());
  return absl::OkStatus();
}

absl::Status BenchCalls(const Shape& shape, client::Client& client, rocksdb::DB& db,
                        const Requests& requests) {
  std::vector<double> ours, peer;
  for (int round = 0; round < kRounds; ++round) {
    ASSIGN_OR_RETURN(const double floor,
                     DocumentsPerSecond(shape, [&] { return PutInPeer(db, requests.Next(shape.batch)); }));
    ASSIGN_OR_RETURN(const double got,
                     DocumentsPerSecond(shape, [&] { return Upsert(client, requests, shape.batch); }));
    peer.push_back(floor);
    ours.push_back(got);
  }
  Print("service", {.name = std::string(shape.name),
                    .threads = shape.callers,
                    .value = Median(ours),
                    .unit = "documents/s",
                    .peer = "RocksDB alone",
                    .peer_value = Median(peer)});
  return absl::OkStatus();
}

// One stream of `Importer`, for `seconds` or until told to stop.
absl::StatusOr<double> Stream(client::Client& client, const Requests& requests, double seconds,
                              const std::atomic<bool>& stop) {
  absl::Status refused;
  const auto stream = client.Import(
      [&](const Request& request, const absl::StatusOr<uint64_t>& lsn) {
        if (lsn.ok()) return requests.Acknowledge(static_cast<uint64_t>(request.documents_size()));
        refused = lsn.status();
      },
      16);
  const absl::Time start = absl::Now();
  double documents = 0;
  for (; !stop && absl::Now() - start < absl::Seconds(seconds); documents += kBigBatch) {
    RETURN_IF_ERROR(stream->Add(requests.Next(kBigBatch)));
  }
  RETURN_IF_ERROR(stream->Finish());
  RETURN_IF_ERROR(refused);
  return documents / absl::ToDoubleSeconds(absl::Now() - start);
}

absl::Status BenchStream(client::Client& client, rocksdb::DB& db, const Requests& requests) {
  const Shape peer_shape{"", 1, kBigBatch};
  std::vector<double> ours, peer;
  for (int round = 0; round < kRounds; ++round) {
    ASSIGN_OR_RETURN(const double floor,
                     DocumentsPerSecond(peer_shape, [&] { return PutInPeer(db, requests.Next(kBigBatch)); }));
    ASSIGN_OR_RETURN(const double got, Stream(client, requests, kSeconds, false));
    peer.push_back(floor);
    ours.push_back(got);
  }
  Print("service", {.name = "upsert vectors, one stream of batches of 100",
                    .threads = 1,
                    .value = Median(ours),
                    .unit = "documents/s",
                    .peer = "RocksDB alone",
                    .peer_value = Median(peer)});
  return absl::OkStatus();
}

absl::StatusOr<double> SearchP99(client::Client& client, const std::vector<v1::SearchRequest>& queries) {
  ASSIGN_OR_RETURN(const cli::LoadResult result,
                   cli::RunLoad({.clients = 1, .seconds = 2 * kSeconds}, [&](uint64_t call) {
                     return client.Search(queries[call % queries.size()]).status();
                   }));
  return result.Percentile(0.99);
}

// Searches of `queries` while kStreams streams of `writer` write as fast as they are let.
absl::StatusOr<double> SearchP99UnderIngest(client::Client& writer, client::Client& client,
                                            const Requests& requests,
                                            const std::vector<v1::SearchRequest>& queries) {
  std::atomic<bool> stop = false;
  std::vector<absl::Status> statuses(kStreams);
  std::vector<std::jthread> streams;
  for (absl::Status& status : statuses) {
    streams.emplace_back(
        [&writer, &requests, &stop, &status] { status = Stream(writer, requests, 3600, stop).status(); });
  }
  absl::StatusOr<double> p99 = SearchP99(client, queries);
  stop = true;
  streams.clear();
  for (const absl::Status& status : statuses) RETURN_IF_ERROR(status);
  return p99;
}

absl::Status BenchSearchUnderIngest(client::Client& writer, client::Client& client, const Requests& requests,
                                    const std::vector<v1::SearchRequest>& queries, double idle) {
  ASSIGN_OR_RETURN(const double busy, SearchP99UnderIngest(writer, client, requests, queries));
  Print("service", {.name = "search p99 while 4 streams ingest",
                    .threads = 1,
                    .value = busy,
                    .unit = "ms",
                    .peer = "idle",
                    .peer_value = idle,
                    .less_is_better = true});
  return absl::OkStatus();
}

absl::Status CheckStored(client::Client& client, const std::string& collection, const Requests& requests) {
  v1::CountDocumentsRequest request;
  request.set_collection(collection);
  ASSIGN_OR_RETURN(const v1::CountDocumentsResponse stored, client.CountDocuments(request));
  if (stored.count() == requests.acknowledged()) return absl::OkStatus();
  return absl::DataLossError(
      absl::StrCat(requests.acknowledged(), " documents were acknowledged, ", stored.count(), " are stored"));
}

absl::Status Run(const std::string& address, const std::string& name, const std::string& searched,
                 const std::string& directory) {
  const auto client = client::Client::Connect(address);
  const std::string collection = "collections/" + name;
  ASSIGN_OR_RETURN(const v1::Collection described, client->GetCollection(collection));
  ASSIGN_OR_RETURN(const auto db, OpenPeer(directory));
  const Requests requests(collection, described.dimensions());
  const Shape one_by_one{"upsert vectors one a call, 16 callers", 16, 1};
  const Shape batches{"upsert vectors in batches of 100, 4 callers", kStreams, kBigBatch};
  const auto searcher = client::Client::Connect(address);
  ASSIGN_OR_RETURN(const auto queries,
                   cli::MakeBenchQueries(*searcher, "collections/" + searched, "", 500, 10));
  ASSIGN_OR_RETURN(const double idle, SearchP99(*searcher, queries));  // before anything is written
  RETURN_IF_ERROR(BenchCalls(one_by_one, *client, *db, requests));
  RETURN_IF_ERROR(BenchCalls(batches, *client, *db, requests));
  RETURN_IF_ERROR(BenchStream(*client, *db, requests));
  RETURN_IF_ERROR(BenchSearchUnderIngest(*client, *searcher, requests, queries, idle));
  return CheckStored(*client, collection, requests);
}

}  // namespace
}  // namespace voisin::bench

int main(int argc, char** argv) {
  if (argc != 5) {
    std::cerr << "usage: ingest_bench ADDRESS COLLECTION SEARCHED DIRECTORY" << std::endl;
    return 2;
  }
  const absl::Status status = voisin::bench::Run(argv[1], argv[2], argv[3], argv[4]);
  if (!status.ok()) std::cerr << "ingest_bench: " << status << std::endl;
  return status.ok() ? 0 : 1;
}
