// Images, and volumes that are made of them.
#include "manager/api_handlers.h"
#include "manager/image_import.h"
#include "manager/rules.h"

namespace laneway {

Answer<HttpAnswer> list_host_images(const ApiParts& parts, ApiCall& call) {
  Result<std::vector<ImageEntry>> images = std::vector<ImageEntry>();
  const auto work = [&] { images = list_images(parts.machines.parts().images_folder); };
  if (auto ran = run_on(call.exchange, BlockingPool::machines, work); !ran) return tl::unexpected<Refusal>(ran.error());
  if (!images) return refuse(images.error());
  Json items = Json::array();
  for (const ImageEntry& image : *images) items.push_back({{"name", image.name}, {"size_bytes", image.size_bytes}});
  return json_answer(200, to_line({{"items", std::move(items)}}));
}

Answer<HttpAnswer> import_image(const ApiParts& parts, ApiCall& call) {
  const std::optional<Resource> volume = parts.catalog.find(Kind::volume, call.name());
  if (!volume) {
    return refuse(404, fmt::format("There is no volume '{}'", call.name()), "GET /api/v1/volumes lists those there are",
                  "name");
  }
  if (text_at(volume->spec, "kind") != "file") {
    return refuse(409, fmt::format("Volume '{}' is no file, and images are copied into files only", volume->name),
                  "take a volume of the kind file");
  }
  const std::vector<std::string> functions = functions_on_volume(volume->name, parts.catalog);
  if (!functions.empty()) {
    return refuse(409, fmt::format("Volume '{}' is used by function '{}'", volume->name, functions.front()),
                  "delete that first: its content would change under it");
  }
  return begin_job(parts, call, {"import", Kind::volume, volume->name},
                   make_import_job(volume->name, text_at(call.body, "image")));
}

}  // namespace laneway
