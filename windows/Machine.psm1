# What PowerShell has no cmdlet for: machine variables, who asks, the event log.
Set-StrictMode -Version Latest
$ErrorActionPreference = 'Stop'

function Get-MachineVariable {
    param([Parameter(Mandatory)][string]$Name)
    [Environment]::GetEnvironmentVariable($Name, 'Machine')
}

function Set-MachineVariable {
    [CmdletBinding(SupportsShouldProcess)]
    param([Parameter(Mandatory)][string]$Name, [Parameter(Mandatory)][string]$Value)
    if ($PSCmdlet.ShouldProcess("machine variable $Name", "set to $Value")) {
        [Environment]::SetEnvironmentVariable($Name, $Value, 'Machine')
    }
}

function Test-Administrator {
    $user = [Security.Principal.WindowsPrincipal][Security.Principal.WindowsIdentity]::GetCurrent()
    $user.IsInRole([Security.Principal.WindowsBuiltInRole]::Administrator)
}

# Of the log Application; made once, by an Administrator.
function Register-EventSource {
    if (-not [Diagnostics.EventLog]::SourceExists('taskfence')) {
        [Diagnostics.EventLog]::CreateEventSource('taskfence', 'Application')
    }
}

function Write-HostEvent {
    param([Parameter(Mandatory)][string]$Message, [Parameter(Mandatory)][ValidateSet('Information', 'Warning', 'Error')][string]$Kind)
    [Diagnostics.EventLog]::WriteEntry('taskfence', $Message, $Kind, 1)
}

# Calls of the system when an address of the host comes or goes; Wait-Event hears of them.
function Register-NetworkChange {
    [void](Register-ObjectEvent -InputObject ([Net.NetworkInformation.NetworkChange]) -EventName NetworkAddressChanged -SourceIdentifier taskfence)
}

Export-ModuleMember -Function *
