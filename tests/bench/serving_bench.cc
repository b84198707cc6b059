// Searches over gRPC beside a server that answers the same requests with the same bytes and does nothing else.
//
//   serving_bench answer ADDRESS COLLECTION FILE       keeps a typical answer of a server
//   serving_bench echo FILE                            serves it: prints the address, ends with standard input
//   serving_bench load ADDRESS COLLECTION ECHO_ADDRESS measures both in turns, one JSON line a case
//
// Queries are vectors of the collection's documents; hits come with their documents. Measured at the collection's own
// ef and at the smallest of a list whose recall is enough.

#include <grpcpp/server_builder.h>

#include <fstream>
#include <iostream>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "clients/cli/bench_queries.h"
#include "clients/cli/load.h"
#include "tests/bench/bench_line.h"
#include "voisin/v1/search.grpc.pb.h"

namespace voisin::bench {
namespace {

constexpr size_t kQueries = 1000;
constexpr size_t kRecallQueries = 200;
constexpr uint32_t kTopK = 10;
constexpr int kRounds = 3;
constexpr double kSeconds = 2;
constexpr double kEnoughRecall = 0.98;
constexpr uint32_t kEfs[] = {16, 24, 32, 48, 64, 96, 128, 192, 256};

using Queries = std::vector<v1::SearchRequest>;

absl::StatusOr<Queries> MakeQueries(client::Client& client, const std::string& collection) {
  ASSIGN_OR_RETURN(Queries queries, cli::MakeBenchQueries(client, collection, "", kQueries, kTopK));
  for (v1::SearchRequest& query : queries) {
    query.set_with_text(true);
    query.set_with_metadata(true);
  }
  return queries;
}

// The answer of median length.
absl::Status KeepAnswer(const std::string& address, const std::string& collection, const std::string& file) {
  const auto client = client::Client::Connect(address);
  ASSIGN_OR_RETURN(const Queries queries, MakeQueries(*client, collection));
  std::vector<std::string> answers;
  for (const v1::SearchRequest& query : queries) {
    ASSIGN_OR_RETURN(const v1::SearchResponse answer, client->Search(query));
    answers.push_back(answer.SerializeAsString());
  }
  std::ranges::sort(answers, {}, &std::string::size);
  std::ofstream(file, std::ios::binary) << answers[answers.size() / 2];
  return absl::OkStatus();
}

class EchoService : public v1::SearchService::WithRawCallbackMethod_Search<v1::SearchService::Service> {
 public:
  explicit EchoService(const std::string& answer) : slice_(answer) {}

  grpc::ServerUnaryReactor* Search(grpc::CallbackServerContext* context, const grpc::ByteBuffer*,
                                   grpc::ByteBuffer* response) override {
    *response = grpc::ByteBuffer(&slice_, 1);
    grpc::ServerUnaryReactor* const reactor = context->DefaultReactor();
    reactor->Finish(grpc::Status::OK);
    return reactor;
  }

 private:
  const grpc::Slice slice_;
};

absl::Status ServeEcho(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  const std::string answer(std::istreambuf_iterator<char>(in), {});
  EchoService service(answer);
  int port = 0;
  grpc::ServerBuilder builder;
  builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
  builder.RegisterService(&service);
  const std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  if (server == nullptr || answer.empty()) return absl::UnavailableError("cannot serve " + file);
  std::cout << "127.0.0.1:" << port << std::endl;
  while (std::cin.get() != EOF) {
  }
  return absl::OkStatus();
}

// Medians over the rounds.
struct Speed {
  std::vector<double> per_second, p50, p99;

  void Add(const cli::LoadResult& result) {
    per_second.push_back(result.PerSecond());
    p50.push_back(result.Percentile(0.5));
    p99.push_back(result.Percentile(0.99));
  }
};

absl::Status Measure(client::Client& client, const Queries& queries, uint32_t clients, Speed& speed) {
  ASSIGN_OR_RETURN(const cli::LoadResult result,
                   cli::RunLoad({.clients = clients, .seconds = kSeconds}, [&](uint64_t call) {
                     return client.Search(queries[call % queries.size()]).status();
                   }));
  speed.Add(result);
  return absl::OkStatus();
}

// Searches as the collection's parameters say, or with an ef of the request.
struct Setting {
  std::string name;
  Queries queries;
  double recall = 0;
};

void SetEf(Queries& queries, uint32_t ef) {
  for (v1::SearchRequest& query : queries) query.mutable_params()->set_ef(ef);
}

absl::StatusOr<Setting> SettingWithEf(client::Client& client, Queries queries, std::string name,
                                      uint32_t ef) {
  if (ef > 0) SetEf(queries, ef);
  ASSIGN_OR_RETURN(const double recall, cli::MeasureRecall(client, queries, kRecallQueries));
  return Setting{std::move(name), std::move(queries), recall};
}

// The smallest ef that is enough, or the largest.
absl::StatusOr<Setting> SettingWithRecall(client::Client& client, const Queries& queries) {
  Setting setting;
  for (const uint32_t ef : kEfs) {
    ASSIGN_OR_RETURN(setting, SettingWithEf(client, queries, absl::StrCat(", ef ", ef), ef));
    if (setting.recall >= kEnoughRecall) break;
  }
  return setting;
}

void PrintSpeed(const Setting& setting, uint32_t clients, const Speed& ours, const Speed& echo) {
  const std::string name =
      absl::StrCat("search vector k=", kTopK, " with documents", setting.name, ", clients=", clients);
  Line line{.name = name, .threads = clients, .value = Median(ours.per_second), .unit = "queries/s"};
  line.peer = "echo server";
  line.peer_value = Median(echo.per_second);
  line.recall = setting.recall;
  Print("service", line);
  line.unit = "ms";
  line.less_is_better = true;
  line.name = name + " p50";
  line.value = Median(ours.p50);
  line.peer_value = Median(echo.p50);
  Print("service", line);
  line.name = name + " p99";
  line.value = Median(ours.p99);
  line.peer_value = Median(echo.p99);
  Print("service", line);
}

absl::Status Compare(client::Client& client, client::Client& echo, const Setting& setting) {
  for (const uint32_t clients : {1u, 8u, 32u}) {
    Speed ours, peer;
    for (int round = 0; round < kRounds; ++round) {
      RETURN_IF_ERROR(Measure(echo, setting.queries, clients, peer));
      RETURN_IF_ERROR(Measure(client, setting.queries, clients, ours));
    }
    PrintSpeed(setting, clients, ours, peer);
  }
  return absl::OkStatus();
}

absl::Status Load(const std::string& address, const std::string& collection,
                  const std::string& echo_address) {
  const auto client = client::Client::Connect(address);
  const auto echo = client::Client::Connect(echo_address);
  ASSIGN_OR_RETURN(const Queries queries, MakeQueries(*client, collection));
  ASSIGN_OR_RETURN(const Setting usual, SettingWithEf(*client, queries, "", 0));
  RETURN_IF_ERROR(Compare(*client, *echo, usual));
  ASSIGN_OR_RETURN(const Setting enough, SettingWithRecall(*client, queries));
  return Compare(*client, *echo, enough);
}

absl::Status Run(const std::vector<std::string>& words) {
  if (words.size() == 4 && words[0] == "answer") return KeepAnswer(words[1], words[2], words[3]);
  if (words.size() == 2 && words[0] == "echo") return ServeEcho(words[1]);
  if (words.size() == 4 && words[0] == "load") return Load(words[1], words[2], words[3]);
  return absl::InvalidArgumentError("expected answer, echo or load: see the head of serving_bench.cc");
}

}  // namespace
}  // namespace voisin::bench

int main(int argc, char** argv) {
  const absl::Status status = voisin::bench::Run({argv + 1, argv + argc});
  if (!status.ok()) std::cerr << "serving_bench: " << status << std::endl;
  return status.ok() ? 0 : 1;
}
