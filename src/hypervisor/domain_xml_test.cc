// What is read of a machine's description.
#include "hypervisor/domain_xml.h"

#include <gtest/gtest.h>

namespace laneway {
namespace {

// As libvirt 9 writes them, without what is not read.
std::string domain(const std::string& inside, const std::string& type = "qemu") {
  return "<domain type='" + type + "' id='3'><name>a &amp; b</name><uuid>5b0f2b4e-1111-4000-8000-000000000001</uuid>" +
         "<memory unit='KiB'>1048576</memory><currentMemory unit='KiB'>524288</currentMemory>" + inside + "</domain>";
}

MachineForm read(const std::string& inside, const std::string& type = "qemu") {
  const Result<MachineForm> form = read_domain(domain(inside, type));
  EXPECT_TRUE(form.has_value());
  return form.value_or(MachineForm());
}

TEST(DomainXml, GivesNameSizesAndAccelerator) {
  const MachineForm form = read("<vcpu placement='static' current='2'>8</vcpu>");
  EXPECT_EQ(form.name, "a & b");
  EXPECT_EQ(form.uuid, "5b0f2b4e-1111-4000-8000-000000000001");
  EXPECT_EQ(form.memory_bytes, uint64_t{1} << 30);
  EXPECT_EQ(form.memory_now_bytes, uint64_t{1} << 29);
  EXPECT_EQ(form.cpus, 2u);
  EXPECT_EQ(form.accelerator, "tcg");
  EXPECT_EQ(read("<vcpu>8</vcpu>", "kvm").accelerator, "kvm");
  EXPECT_EQ(read("<vcpu>8</vcpu>").cpus, 8u);
}

TEST(DomainXml, KnowsMemoryThatAFunctionCanReach) {
  const std::string shared = "<access mode='shared'/>";
  const auto backed = [](const std::string& inside) {
    return read("<memoryBacking>" + inside + "</memoryBacking>").is_memory_shared;
  };
  EXPECT_TRUE(backed("<source type='memfd'/>" + shared));
  EXPECT_TRUE(backed("<source type='file'/>" + shared));
  EXPECT_TRUE(backed("<hugepages/>" + shared));
  EXPECT_TRUE(backed("<hugepages><page size='2048' unit='KiB'/></hugepages>" + shared));
  EXPECT_FALSE(backed(shared));
  EXPECT_FALSE(backed("<source type='anonymous'/>" + shared));
  EXPECT_FALSE(backed("<source type='memfd'/>"));
  EXPECT_FALSE(backed("<source type='memfd'/><access mode='private'/>"));
  EXPECT_FALSE(read("").is_memory_shared);
}

TEST(DomainXml, KnowsSharedMemoryByItsNodes) {
  const std::string backing = "<memoryBacking><source type='memfd'/></memoryBacking><cpu><numa>";
  const std::string shared = "<cell id='0' memory='1' memAccess='shared'/>";
  EXPECT_TRUE(read(backing + shared + shared + "</numa></cpu>").is_memory_shared);
  EXPECT_FALSE(read(backing + shared + "<cell id='1' memory='1'/></numa></cpu>").is_memory_shared);
  EXPECT_FALSE(read(backing + "</numa></cpu>").is_memory_shared);
}

TEST(DomainXml, GivesDisksOfEveryKind) {
  const MachineForm form = read(
      "<devices><disk type='vhostuser' device='disk'><source type='unix' path='/run/vf/a.sock'/>"
      "<target dev='vda' bus='virtio'/></disk>"
      "<disk type='file' device='cdrom'><target dev='sda' bus='sata'/></disk>"
      "<disk type='file'><source file='/a.qcow2'/><target dev='vdb' bus='virtio'/></disk>"
      "<disk type='block'><source dev='/dev/sdx'/><target dev='vdc' bus='virtio'/></disk>"
      "<disk type='volume'><source pool='p' volume='v'/><target dev='vdd' bus='virtio'/></disk>"
      "<disk type='network'><source protocol='rbd' name='pool/image'/><target dev='vde' bus='virtio'/></disk>"
      "<serial type='pty'/><graphics type='vnc'/></devices>");
  ASSERT_EQ(form.disks.size(), 6u);
  EXPECT_EQ(form.disks[0].kind, "vhostuser");
  EXPECT_EQ(form.disks[0].source, "/run/vf/a.sock");
  EXPECT_EQ(form.disks[0].target, "vda");
  EXPECT_EQ(form.disks[1].source, "");
  EXPECT_EQ(form.disks[2].source, "/a.qcow2");
  EXPECT_EQ(form.disks[3].source, "/dev/sdx");
  EXPECT_EQ(form.disks[4].source, "p/v");
  EXPECT_EQ(form.disks[5].source, "pool/image");
  EXPECT_TRUE(form.has_serial);
  EXPECT_TRUE(form.has_screen);
  EXPECT_FALSE(read("<devices><graphics type='spice'/></devices>").has_screen);
}

TEST(DomainXml, RefusesWhatIsNone) {
  for (const char* wrong : {"", "<", "<network/>", "<domain", "hello"}) {
    EXPECT_FALSE(read_domain(wrong).has_value()) << wrong;
  }
  EXPECT_FALSE(read_domain("<domain>" + std::string(kDomainXmlMaxBytes, ' ') + "</domain>").has_value());
  // A definition has no bound of its own; what is kept of it has.
  std::string disks;
  for (size_t i = 0; i < kDomainDisksMax + 5; ++i) disks += "<disk/>";
  EXPECT_EQ(read("<devices>" + disks + "</devices>").disks.size(), kDomainDisksMax);
}

TEST(MachineFacts, JoinsTheDisksOfBothForms) {
  MachineFacts machine;
  machine.now.disks = {{"vda", "virtio", "file", "/a", false, false}, {"vdb", "virtio", "file", "/b", false, false}};
  machine.stored.disks = {{"vda", "virtio", "file", "/a", false, false}, {"vdb", "virtio", "file", "/c", false, false}};
  machine.power = MachinePower::running;
  const std::vector<MachineDisk> disks = disks_of(machine);
  ASSERT_EQ(disks.size(), 3u);
  EXPECT_TRUE(disks[0].is_live && disks[0].is_stored);
  EXPECT_TRUE(disks[1].is_live && !disks[1].is_stored);
  EXPECT_TRUE(!disks[2].is_live && disks[2].is_stored && disks[2].source == "/c");
  machine.power = MachinePower::stopped;
  EXPECT_EQ(disks_of(machine).size(), 2u);
  EXPECT_TRUE(disks_of(machine)[0].is_stored && !disks_of(machine)[0].is_live);
}

std::string edited(const std::string& inside, const DefinitionChange& change) {
  const Result<std::string> text = changed_domain(domain(inside), change);
  EXPECT_TRUE(text.has_value());
  return text.value_or("");
}

TEST(DomainEdit, MakesMemorySharedHoweverItIsBacked) {
  DefinitionChange change;
  change.makes_memory_shared = true;
  for (const char* backing :
       {"", "<memoryBacking/>", "<memoryBacking><source type='anonymous'/><access mode='private'/></memoryBacking>",
        "<memoryBacking><hugepages/></memoryBacking>", "<memoryBacking><source type='file'/></memoryBacking>",
        "<memoryBacking><locked/></memoryBacking><cpu><numa><cell id='0' memAccess='private'/></numa></cpu>"}) {
    const Result<MachineForm> form = read_domain(edited(backing, change));
    ASSERT_TRUE(form.has_value()) << backing;
    EXPECT_TRUE(form->is_memory_shared) << backing;
  }
  EXPECT_EQ(edited("<memoryBacking><hugepages/></memoryBacking>", change).find("memfd"), std::string::npos);
  EXPECT_EQ(edited("<memoryBacking><source type='file'/></memoryBacking>", change).find("memfd"), std::string::npos);
}

TEST(DomainEdit, ChangesSizesAndLeavesTheRestAlone) {
  DefinitionChange change;
  change.cpus = 6;
  change.memory_bytes = uint64_t{3} << 30;
  const std::string text = edited(
      "<vcpu placement='static' current='2'>8</vcpu><!-- kept --><strange xmlns:x='urn:x'><x:a b='c'/></strange>",
      change);
  const Result<MachineForm> form = read_domain(text);
  ASSERT_TRUE(form.has_value());
  EXPECT_EQ(form->cpus, 6u);
  EXPECT_EQ(form->memory_bytes, uint64_t{3} << 30);
  EXPECT_EQ(form->memory_now_bytes, uint64_t{3} << 30);
  EXPECT_EQ(form->name, "a & b");
  for (const char* kept : {"placement=\"static\"", "kept", "<x:a b=\"c\"", "urn:x"}) {
    EXPECT_NE(text.find(kept), std::string::npos) << kept << " in " << text;
  }
  EXPECT_FALSE(changed_domain("<network/>", change).has_value());
}

TEST(DomainEdit, WritesADiskThatIsReadAsItself) {
  const FunctionDisk disk{"/run/a&b's.sock", "vdc", 3, 64};
  const MachineForm form = read("<devices>" + disk_xml(disk) + "</devices>");
  ASSERT_EQ(form.disks.size(), 1u);
  EXPECT_EQ(form.disks[0].kind, "vhostuser");
  EXPECT_EQ(form.disks[0].source, disk.socket_path);
  EXPECT_EQ(form.disks[0].target, "vdc");
  EXPECT_EQ(form.disks[0].bus, "virtio");
}

TEST(DomainBuild, WritesWhatWasPlanned) {
  MachinePlan plan;
  plan.name = "a & b";
  plan.cpus = 3;
  plan.memory_bytes = uint64_t{1} << 30;
  plan.disks = {{"/run/f.sock", "vda", 2, 128}};
  plan.seed_path = "/seeds/a.seed";
  plan.network_kind = "bridge";
  plan.network_name = "br0";
  const std::string text = new_domain(plan);
  const Result<MachineForm> form = read_domain(text);
  ASSERT_TRUE(form.has_value());
  EXPECT_EQ(form->name, "a & b");
  EXPECT_EQ(form->cpus, 3u);
  EXPECT_EQ(form->memory_bytes, plan.memory_bytes);
  EXPECT_EQ(form->accelerator, "tcg");
  EXPECT_TRUE(form->is_memory_shared && form->has_serial && form->has_screen);
  ASSERT_EQ(form->disks.size(), 2u);
  EXPECT_EQ(form->disks[0].source, "/run/f.sock");
  EXPECT_EQ(form->disks[1].source, "/seeds/a.seed");
  for (const char* words : {"<source bridge=\"br0\"", "freePageReporting=\"on\"", "<listen type=\"none\""}) {
    EXPECT_NE(text.find(words), std::string::npos) << words << " in " << text;
  }
  plan.has_kvm = plan.has_huge_pages = true;
  plan.numa_node = 1;
  plan.processors = "4-7";
  const std::string tuned = new_domain(plan);
  EXPECT_TRUE(read_domain(tuned)->is_memory_shared);
  EXPECT_EQ(read_domain(tuned)->accelerator, "kvm");
  for (const char* words : {"<hugepages", "nodeset=\"1\"", "cpuset=\"4-7\"", "host-passthrough"}) {
    EXPECT_NE(tuned.find(words), std::string::npos) << words << " in " << tuned;
  }
}

}  // namespace
}  // namespace laneway
