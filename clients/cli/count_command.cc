#include <memory>
#include <ostream>

#include "base/status_macros.h"
#include "clients/cli/commands.h"
#include "clients/cli/json_output.h"
#include "clients/cli/remote.h"

namespace voisin::cli {
namespace {

struct CountOptions {
  Remote remote;
  std::string collection;
  std::string filter;
};

absl::Status Count(const CountOptions& options, Context& context) {
  ASSIGN_OR_RETURN(auto client, Connect(options.remote, context));
  v1::CountDocumentsRequest request;
  request.set_collection(CollectionName(options.collection));
  request.set_filter(options.filter);
  const auto answer = client->CountDocuments(request);
  if (!answer.ok()) return Explained(answer.status(), options.remote, context);
  if (options.remote.json) {
    context.console.out << JsonLine().Number("count", static_cast<double>(answer->count())).str() << "\n";
  } else {
    context.console.out << answer->count() << "\n";
  }
  return absl::OkStatus();
}

}  // namespace

void AddCount(Arguments& root) {
  auto options = std::make_shared<CountOptions>();
  Arguments command = root.Command("count", "Count the documents of a collection",
                                   "voisin count packages --filter 'section = \"games\"'");
  command.Required("COLLECTION", options->collection, "The collection");
  command.Option("--filter", options->filter, "Condition on metadata (AIP-160)");
  AddRemoteOptions(command, options->remote);
  command.Does([options](Context& context) { return Count(*options, context); });
}

}  // namespace voisin::cli
