#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "tests/support/http_server.h"

namespace voisin::test {

// A hub of one model, "owner/tiny", with the URL layout of Hugging Face's.
class FakeHub {
 public:
  FakeHub();

  // Every file below `directory`; *.safetensors are in large file storage. Not while a request runs.
  void Publish(const std::filesystem::path& directory);
  void Publish(const std::string& path, const std::string& content);
  void Withdraw(const std::string& path) { files_.erase(path); }

  // An answer instead of the true one; null: none. Not while a request runs.
  using Trick = std::function<std::optional<HttpReply>(const SeenRequest&)>;
  void Play(Trick trick) { trick_ = std::move(trick); }
  // The true answer.
  HttpReply Answer(const SeenRequest& request) const;

  std::string url() const { return server_.url(); }
  // The requests for `path` of the model, or for the listing ("").
  std::vector<SeenRequest> RequestsFor(const std::string& path) const;
  size_t Requests() const { return server_.seen().size(); }

 private:
  struct File {
    std::string content;
    std::string digest;
    bool lfs = false;
  };
  HttpReply Listing() const;

  std::map<std::string, File> files_;
  Trick trick_;
  HttpServer server_;  // last: it calls the members above
};

bool IsFor(const SeenRequest& request, const std::string& path);

}  // namespace voisin::test
