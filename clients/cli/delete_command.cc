#include <memory>
#include <ostream>

#include "base/status_macros.h"
#include "clients/cli/commands.h"
#include "clients/cli/json_output.h"
#include "clients/cli/remote.h"
#include "clients/cli/status.h"

namespace voisin::cli {
namespace {

struct DeleteOptions {
  Remote remote;
  std::string collection;
  std::vector<std::string> ids;
  std::string filter;
};

absl::Status Delete(const DeleteOptions& options, Context& context) {
  if (options.ids.empty() == options.filter.empty()) {
    return UsageError("delete: expected either ids or --filter");
  }
  ASSIGN_OR_RETURN(auto client, Connect(options.remote, context));
  v1::DeleteDocumentsRequest request;
  request.set_collection(CollectionName(options.collection));
  request.mutable_ids()->Add(options.ids.begin(), options.ids.end());
  request.set_filter(options.filter);
  const auto answer = client->DeleteDocuments(request);
  if (!answer.ok()) return Explained(answer.status(), options.remote, context);
  if (options.remote.json) {
    JsonLine line;
    line.Number("deleted", answer->deleted()).Number("lsn", static_cast<double>(answer->lsn()));
    context.console.out << line.str() << "\n";
  } else {
    context.console.out << answer->deleted() << " deleted\n";
  }
  return absl::OkStatus();
}

}  // namespace

void AddDelete(Arguments& root) {
  auto options = std::make_shared<DeleteOptions>();
  options->remote.timeout = 60;
  Arguments command = root.Command("delete", "Delete documents by id or by filter",
                                   "voisin delete packages --filter 'priority = \"extra\"'");
  command.Required("COLLECTION", options->collection, "The collection");
  command.Optional("ID", options->ids, "Ids of documents");
  command.Option("--filter", options->filter, "Delete every match of this condition on metadata (AIP-160)");
  AddRemoteOptions(command, options->remote);
  command.Does([options](Context& context) { return Delete(*options, context); });
}

}  // namespace voisin::cli
