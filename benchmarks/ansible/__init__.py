"""The same upgrade by Ansible: a careful administrator's playbook, and how it is run."""
