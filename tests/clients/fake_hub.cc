#include "tests/clients/fake_hub.h"

#include <cstdlib>
#include <nlohmann/json.hpp>

#include "base/files.h"
#include "clients/hub/digest.h"
#include "tests/support/scratch_dir.h"

namespace voisin::test {
namespace {

namespace fs = std::filesystem;

constexpr char kFiles[] = "/owner/tiny/resolve/main/";
constexpr char kListing[] = "/api/models/owner/tiny/tree/main?recursive=true";

std::string DigestOf(const std::string& content, bool lfs) {
  const ScratchDir scratch;
  const fs::path path = scratch.path() / "content";
  if (!WriteFileAtomically(path, content).ok()) std::abort();
  return hub::DigestOfFile(path, lfs ? hub::Digest::Kind::sha256 : hub::Digest::Kind::git_blob)->hex;
}

}  // namespace

FakeHub::FakeHub()
    : server_([this](const SeenRequest& request) {
        std::optional<HttpReply> reply;
        if (trick_) reply = trick_(request);
        return reply ? *reply : Answer(request);
      }) {}

void FakeHub::Publish(const fs::path& directory) {
  for (const auto& entry : fs::recursive_directory_iterator(directory)) {
    if (entry.is_regular_file()) {
      Publish(entry.path().lexically_relative(directory).string(), ReadFile(entry.path()).value());
    }
  }
}

void FakeHub::Publish(const std::string& path, const std::string& content) {
  const bool lfs = path.ends_with(".safetensors");
  files_[path] = {content, DigestOf(content, lfs), lfs};
}

HttpReply FakeHub::Listing() const {
  auto listing = nlohmann::json::array({{{"type", "directory"}, {"path", "1_Pooling"}, {"size", 0}}});
  for (const auto& [path, file] : files_) {
    nlohmann::json entry = {
        {"type", "file"}, {"path", path}, {"size", file.content.size()}, {"oid", file.digest}};
    if (file.lfs) entry["lfs"] = {{"oid", file.digest}, {"size", file.content.size()}, {"pointerSize", 134}};
    listing.push_back(std::move(entry));
  }
  return {.headers = {{"Content-Type", "application/json"}}, .body = listing.dump()};
}

HttpReply FakeHub::Answer(const SeenRequest& request) const {
  if (request.target == kListing) return Listing();
  const auto found = request.target.starts_with(kFiles)
                         ? files_.find(request.target.substr(sizeof(kFiles) - 1))
                         : files_.end();
  if (found == files_.end()) return {.status = 404, .body = "Entry not found"};
  const File& file = found->second;
  const std::string etag = "\"" + file.digest + "\"";
  HttpReply reply{.headers = {{"ETag", etag}}, .body = file.content};
  const auto range = request.headers.find("range");
  const auto if_range = request.headers.find("if-range");
  if (range == request.headers.end() || (if_range != request.headers.end() && if_range->second != etag))
    return reply;
  const size_t from = std::stoull(range->second.substr(sizeof("bytes=") - 1));
  if (from >= file.content.size()) return {.status = 416};
  reply.status = 206;
  reply.headers["Content-Range"] = "bytes " + std::to_string(from) + "-" +
                                   std::to_string(file.content.size() - 1) + "/" +
                                   std::to_string(file.content.size());
  reply.body = file.content.substr(from);
  return reply;
}

bool IsFor(const SeenRequest& request, const std::string& path) {
  return request.target == (path.empty() ? kListing : kFiles + path);
}

std::vector<SeenRequest> FakeHub::RequestsFor(const std::string& path) const {
  std::vector<SeenRequest> requests = server_.seen();
  std::erase_if(requests, [&](const SeenRequest& request) { return !IsFor(request, path); });
  return requests;
}

}  // namespace voisin::test
