#include <algorithm>
#include <memory>
#include <ostream>

#include "base/status_macros.h"
#include "clients/cli/commands.h"
#include "clients/cli/json_output.h"
#include "clients/cli/proto_json.h"
#include "clients/cli/remote.h"
#include "clients/cli/status.h"
#include "clients/cli/utf8.h"

namespace voisin::cli {
namespace {

struct GetOptions {
  Remote remote;
  std::string collection;
  std::vector<std::string> ids;
  bool with_vector = false;
};

// Line by line, so that line breaks stay.
void PrintText(std::string_view text, std::ostream& out) {
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = std::min(text.find('\n', begin), text.size());
    out << Printable(text.substr(begin, end - begin)) << "\n";
    begin = end + 1;
  }
}

void PrintForPeople(const v1::Document& document, std::ostream& out) {
  out << "id: " << Printable(document.id()) << "\n";
  const Json metadata = FromStruct(document.metadata());
  for (const auto& [key, value] : *metadata.object()) {
    out << Printable(key) << ": " << Printable(value.string() != nullptr ? *value.string() : ToText(value))
        << "\n";
  }
  if (!document.vector().empty()) {
    std::string vector;
    AppendJsonNumbers(vector, document.vector());
    out << "vector: " << vector << "\n";
  }
  PrintText(document.text(), out);
}

absl::Status Get(const GetOptions& options, Context& context) {
  ASSIGN_OR_RETURN(auto client, Connect(options.remote, context));
  v1::BatchGetDocumentsRequest request;
  request.set_collection(CollectionName(options.collection));
  request.mutable_ids()->Add(options.ids.begin(), options.ids.end());
  request.set_with_vector(options.with_vector);
  const auto answer = client->BatchGetDocuments(request);
  if (!answer.ok()) return Explained(answer.status(), options.remote, context);
  std::ostream& out = context.console.out;
  for (const v1::Document& document : answer->documents()) {
    if (options.remote.json) {
      out << ToJsonText(document) << "\n";
    } else {
      if (&document != &answer->documents(0)) out << "\n";
      PrintForPeople(document, out);
    }
  }
  for (const std::string& id : answer->missing_ids()) {
    context.console.err << "voisin: " << options.collection << " has no document " << Printable(id) << "\n";
  }
  return answer->missing_ids().empty() ? absl::OkStatus() : AlreadyReported();
}

}  // namespace

void AddGet(Arguments& root) {
  auto options = std::make_shared<GetOptions>();
  Arguments command =
      root.Command("get", "Show documents by id", "voisin get packages gimp imagemagick --json");
  command.Required("COLLECTION", options->collection, "The collection");
  command.Required("ID", options->ids, "Ids of documents");
  command.Flag("--with-vector", options->with_vector, "Show vectors too");
  AddRemoteOptions(command, options->remote);
  command.Does([options](Context& context) { return Get(*options, context); });
}

}  // namespace voisin::cli
