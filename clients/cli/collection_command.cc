#include <memory>
#include <ostream>

#include "base/status_macros.h"
#include "clients/cli/collection_output.h"
#include "clients/cli/commands.h"
#include "clients/cli/json_output.h"
#include "clients/cli/remote.h"
#include "clients/cli/status.h"

namespace voisin::cli {
namespace {

struct CollectionOptions {
  Remote remote;
  std::string collection;
  std::string model;
  uint32_t dimensions = 0;
  std::string metric = "cosine";
  uint32_t m = 0;
  uint32_t ef_construction = 0;
  uint32_t ef_search = 0;
  std::string language;
  std::optional<double> k1;
  std::optional<double> b;
  std::optional<double> target_recall;
  std::string vector_storage = "float32";
  bool validate_only = false;
  uint32_t sample = 0;
};

using Work = absl::Status (*)(const CollectionOptions&, client::Client&, Console&);

absl::Status Print(const CollectionOptions& options, const absl::StatusOr<v1::Collection>& answer,
                   Console& console) {
  RETURN_IF_ERROR(answer.status());
  if (options.remote.json) {
    console.out << ToJsonText(*answer) << "\n";
  } else {
    PrintDescription(*answer, console);
  }
  return absl::OkStatus();
}

void FillIndex(const CollectionOptions& options, v1::IndexParams& index) {
  index.set_m(options.m);
  index.set_ef_construction(options.ef_construction);
  index.set_ef_search(options.ef_search);
}

void FillLexical(const CollectionOptions& options, v1::LexicalParams& lexical) {
  if (options.k1) lexical.set_k1(static_cast<float>(*options.k1));
  if (options.b) lexical.set_b(static_cast<float>(*options.b));
  lexical.set_language(options.language);
}

absl::Status Create(const CollectionOptions& options, client::Client& client, Console& console) {
  v1::CreateCollectionRequest request;
  request.set_collection_id(options.collection);
  v1::Collection& collection = *request.mutable_collection();
  collection.set_model(options.model);
  collection.set_dimensions(options.dimensions);
  collection.set_metric(MetricOf(options.metric));
  FillIndex(options, *collection.mutable_index());
  FillLexical(options, *collection.mutable_lexical());
  collection.set_target_recall(options.target_recall.value_or(0));
  collection.set_vector_storage(VectorStorageOf(options.vector_storage));
  request.set_validate_only(options.validate_only);
  if (options.model.empty() && options.dimensions == 0) {
    ASSIGN_OR_RETURN(const v1::Model model, client.GetModel(""));
    collection.set_model(model.name());
  }
  return Print(options, client.CreateCollection(request), console);
}

absl::Status List(const CollectionOptions& options, client::Client& client, Console& console) {
  ASSIGN_OR_RETURN(const std::vector<v1::Collection> collections, client.ListCollections());
  if (!options.remote.json) {
    PrintCollections(collections, console);
    return absl::OkStatus();
  }
  for (const v1::Collection& collection : collections) console.out << ToJsonText(collection) << "\n";
  return absl::OkStatus();
}

absl::Status Describe(const CollectionOptions& options, client::Client& client, Console& console) {
  return Print(options, client.GetCollection(CollectionName(options.collection)), console);
}

absl::Status Update(const CollectionOptions& options, client::Client& client, Console& console) {
  v1::UpdateCollectionRequest request;
  request.mutable_collection()->set_name(CollectionName(options.collection));
  FillIndex(options, *request.mutable_collection()->mutable_index());
  FillLexical(options, *request.mutable_collection()->mutable_lexical());
  request.mutable_collection()->set_target_recall(options.target_recall.value_or(0));
  auto& paths = *request.mutable_update_mask();
  if (options.m > 0) paths.add_paths("index.m");
  if (options.ef_construction > 0) paths.add_paths("index.ef_construction");
  if (options.ef_search > 0) paths.add_paths("index.ef_search");
  if (options.k1) paths.add_paths("lexical.k1");
  if (options.b) paths.add_paths("lexical.b");
  if (options.target_recall) paths.add_paths("target_recall");
  if (paths.paths().empty()) {
    return UsageError(
        "collection update: give --m, --ef-construction, --ef-search, --k1, --b or --target-recall");
  }
  return Print(options, client.UpdateCollection(request), console);
}

absl::Status Compact(const CollectionOptions& options, client::Client& client, Console& console) {
  return Print(options, client.CompactCollection(CollectionName(options.collection)), console);
}

absl::Status Recall(const CollectionOptions& options, client::Client& client, Console& console) {
  v1::MeasureRecallRequest request;
  request.set_collection(CollectionName(options.collection));
  request.set_sample(options.sample);
  ASSIGN_OR_RETURN(const v1::MeasureRecallResponse answer, client.MeasureRecall(request));
  options.remote.json ? console.out << ToJsonText(answer) << "\n"
                      : console.out << RecallSentence(answer) << "\n";
  return absl::OkStatus();
}

absl::Status Delete(const CollectionOptions& options, client::Client& client, Console& console) {
  RETURN_IF_ERROR(client.DeleteCollection(CollectionName(options.collection)));
  if (options.remote.json) {
    console.out << JsonLine().Text("deleted", CollectionName(options.collection)).str() << "\n";
  } else {
    console.out << options.collection << " deleted\n";
  }
  return absl::OkStatus();
}

using Options = std::shared_ptr<CollectionOptions>;

constexpr double kSeconds = 30;
constexpr double kCompactSeconds = 3600;  // every graph may be built anew, every vector compared

void Finish(Arguments& command, const Options& options, Work work, double timeout = kSeconds) {
  options->remote.timeout = timeout;
  AddRemoteOptions(command, options->remote);
  command.Does([options, work](Context& context) -> absl::Status {
    ASSIGN_OR_RETURN(auto client, Connect(options->remote, context));
    return Explained(work(*options, *client, context.console), options->remote, context);
  });
}

void AddIndexOptions(Arguments& command, const Options& options) {
  command.Option("--m", options->m, "Links for each vector of the graph");
  command.Option("--ef-construction", options->ef_construction, "Candidates while building the graph");
  command.Option("--ef-search", options->ef_search, "Candidates while searching the graph");
  command.Option("--k1", options->k1, "BM25: how soon repeating a word stops to matter, 0..10");
  command.Option("--b", options->b, "BM25: how much a long text has to repeat it more often, 0..1");
  command.Option("--target-recall", options->target_recall,
                 "Share of the ten nearest neighbours to find, 0..1: tunes ef_search; 0: none");
}

void AddCreate(Arguments& parent) {
  auto options = std::make_shared<CollectionOptions>();
  Arguments command = parent.Command("create", "Make an empty collection",
                                     "voisin collection create notes\n"
                                     "  voisin collection create images --dimensions 512 --metric dot");
  command.Required("COLLECTION", options->collection, "Its name: a-z, 0-9, - and _");
  command.Option("--model", options->model,
                 "Model of its texts (default: the server's, unless --dimensions)");
  command.Option("--dimensions", options->dimensions,
                 "Components of its vectors; without --model: vectors only");
  command.Choice("--metric", options->metric, {"cosine", "dot", "l2"}, "How closeness is measured");
  command.Option("--language", options->language,
                 "Language of its texts, for the stems of words, or none (default: the model's)");
  command.Choice("--vector-storage", options->vector_storage, {"float32", "float16", "int8"},
                 "What of indexed vectors stays in memory beside their codes; hits and scores are the same");
  command.Flag("--validate-only", options->validate_only,
               "Check it and show what it would be, memory of each vector included; make nothing");
  AddIndexOptions(command, options);
  Finish(command, options, Create);
}

void AddNamed(Arguments& parent, const std::string& name, const std::string& help, Work work,
              double timeout = kSeconds) {
  auto options = std::make_shared<CollectionOptions>();
  Arguments command = parent.Command(name, help, "voisin collection " + name + " notes");
  command.Required("COLLECTION", options->collection, "The collection");
  Finish(command, options, work, timeout);
}

void AddRecall(Arguments& parent) {
  auto options = std::make_shared<CollectionOptions>();
  Arguments command = parent.Command("recall", "Measure what share of the nearest neighbours searches find",
                                     "voisin collection recall notes --sample 50");
  command.Required("COLLECTION", options->collection, "The collection");
  command.Option("--sample", options->sample, "Queries to compare with exact searches (default: 100)");
  Finish(command, options, Recall, kCompactSeconds);
}

void AddUpdate(Arguments& parent) {
  auto options = std::make_shared<CollectionOptions>();
  Arguments command = parent.Command("update", "Change index and word parameters of a collection",
                                     "voisin collection update notes --ef-search 400");
  command.Required("COLLECTION", options->collection, "The collection");
  AddIndexOptions(command, options);
  Finish(command, options, Update);
}

}  // namespace

void AddCollection(Arguments& root) {
  Arguments command = root.Command("collection", "Make, list, describe, change and delete collections");
  AddCreate(command);
  auto options = std::make_shared<CollectionOptions>();
  Arguments list = command.Command("list", "List all collections", "voisin collection list");
  Finish(list, options, List);
  AddNamed(command, "describe", "Describe a collection", Describe);
  AddUpdate(command);
  AddNamed(command, "compact", "Rewrite a collection's files without what has been replaced or deleted",
           Compact, kCompactSeconds);
  AddRecall(command);
  AddNamed(command, "delete", "Delete a collection and all its documents", Delete);
}

}  // namespace voisin::cli
