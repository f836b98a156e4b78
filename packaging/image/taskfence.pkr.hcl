// An ECS-optimized Amazon Linux 2023 with taskfence in it. From a folder with the .rpm of `make dist`:
//   packer build -var package=taskfence-0.1.0-1.x86_64.rpm -var policy=policy.json taskfence.pkr.hcl

variable "package" {
  type        = string
  description = "The .rpm, for the processor of the instance type."
}

variable "policy" {
  type        = string
  description = "A policy file, which the image keeps."
}

variable "region" {
  type    = string
  default = "us-east-1"
}

variable "instance_type" {
  type    = string
  default = "t3.small"
}

variable "source" {
  type        = string
  description = "Names of the images to begin with; the newest is taken. arm64: al2023-ami-ecs-hvm-*-arm64."
  default     = "al2023-ami-ecs-hvm-*-x86_64"
}

locals {
  made = formatdate("YYYYMMDDhhmmss", timestamp())
}

source "amazon-ebs" "ecs" {
  region        = var.region
  instance_type = var.instance_type
  ssh_username  = "ec2-user"
  ami_name      = "ecs-al2023-taskfence-${local.made}"

  source_ami_filter {
    owners      = ["amazon"]
    most_recent = true
    filters = {
      name                = var.source
      virtualization-type = "hvm"
    }
  }
}

build {
  sources = ["source.amazon-ebs.ecs"]

  provisioner "file" {
    source      = var.package
    destination = "/tmp/taskfence.rpm"
  }

  provisioner "file" {
    source      = var.policy
    destination = "/tmp/policy.json"
  }

  provisioner "shell" {
    execute_command = "sudo sh -eu {{ .Path }}"
    inline = [
      "dnf install --assumeyes /tmp/taskfence.rpm",
      "install -D -m 0644 /tmp/policy.json /etc/taskfence/policy.json",
      // What the next boot finds as well. A promise that does not hold makes no image.
      "taskfence apply",
      "taskfence check",
      // The agent of the machine that builds leaves nothing behind: every instance would have its identity.
      "systemctl stop ecs docker",
      "rm -rf /tmp/taskfence.rpm /tmp/policy.json /var/lib/ecs/data /var/log/ecs/* /var/log/taskfence",
    ]
  }
}
